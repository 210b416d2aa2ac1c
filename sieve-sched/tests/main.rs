//! Tests of policies and replays, and of the `sieve` command as a user meets it.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod beyond;
mod calibrate;
mod claims;
mod cli;
mod command_line;
mod common;
mod dram;
mod energy;
mod eq_1;
mod explain;
mod figure;
mod links;
mod list;
mod memory;
mod mixed;
mod model_command;
mod models;
mod my_policy;
mod names;
mod output;
mod parquet;
mod policies;
mod presets;
mod replay;
mod report;
mod routing;
mod statistics;
mod stop;
mod sweep;
mod timeline_command;
mod timeline_dram;
mod timeline_replay;
mod trace;
