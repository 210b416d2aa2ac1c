//! Sweeps: every combination of values over a configuration, computed point by point into a folder that a killed run resumes.
//!
//! A [`Sweep`] is what a user writes. A [`Plan`] has its rows, in the order of the file, and the points that they come down to;
//! a point is known by the hash of all that decides its numbers. A [`Store`] holds the finished ones, whichever sweep asked
//! for them. [`Table`] joins both again.

mod base;
mod columns;
mod compute;
mod error;
mod front;
mod grid;
mod inputs;
mod level;
mod loaded;
mod parquet;
mod plan;
mod ran;
mod run;
mod spec;
mod store;
mod table;

pub use columns::{BESIDE, Column, GEMV, REPLAY};
pub use error::SweepError;
pub use front::{Goal, front};
pub use inputs::{Inputs, Key};
pub use level::Level;
pub use loaded::Loaded;
pub use plan::{Fate, Plan, Row};
pub use ran::Ran;
pub use run::{Shard, run};
pub use spec::{Skip, Sweep, Written};
pub use store::{Outcome, Store};
pub use table::Table;

/// Shipped sweeps: name and RON text.
pub const SWEEPS: &[(&str, &str)] = &[
    ("banks", include_str!("../../sweeps/banks.ron")),
    ("bank-config", include_str!("../../sweeps/bank-config.ron")),
    ("replay", include_str!("../../sweeps/replay.ron")),
];

/// Version of the files of points. It is part of every key: raise it when the same inputs give other numbers or fields.
pub const SCHEMA: u32 = 2;
