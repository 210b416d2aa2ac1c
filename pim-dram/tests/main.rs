//! Tests of channels, units and the host, with the checker.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod alu;
mod checker;
mod common;
mod controller;
mod energy;
mod functional;
mod legality;
mod limits;
mod memo;
mod memory;
mod mutation;
mod names;
mod port;
mod ramulator2;
mod sharing;
mod streams;
mod trace;
mod traffic;
