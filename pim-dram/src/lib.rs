//! DRAM bank timing and PIM units, one command channel at a time, command by command.
//!
//! | you want to | look at |
//! |---|---|
//! | describe a device | [`spec`], `presets/*.ron` |
//! | see or change commands and timing rules | [`family`], `families/*.ron` |
//! | know how a description becomes ticks and release times | [`dram`], [`rules`], `tables`; with PIM units [`device`] |
//! | step a channel yourself | [`channel`] |
//! | serve requests of a host | [`controller`] |
//! | run matrix-vector products | [`layout`], [`job`], [`pass`], [`sequencer`]; fast: [`memo`] |
//! | know what a stream of the host and products cost each other | [`traffic`] |
//! | compute with data | [`functional`], [`alu`] |
//! | know where time went | [`tally`] |
//! | know what it cost | [`energy`] |
//! | verify a stream of commands | [`checker`] |
//! | read or write a stream of commands as text | [`trace`] |
//!
//! Invariants: the rules of a family are the only place where two commands are related; time is whole ticks of the device's
//! clock; the library neither prints nor reads a clock nor touches a file; the fast path gives the plain path's numbers.

pub mod alu;
pub mod channel;
pub mod checker;
pub mod controller;
pub mod device;
pub mod dram;
pub mod energy;
pub mod expr;
pub mod family;
pub mod findings;
pub mod functional;
pub mod gemv;
pub mod geometry;
mod grid;
pub mod job;
pub mod layout;
pub mod memo;
pub mod order;
pub mod pass;
pub mod peaks;
mod pushes;
pub mod refresh;
pub mod rules;
pub mod runs;
mod segment;
pub mod sequencer;
pub mod similar;
pub mod spec;
mod tables;
pub mod tally;
pub mod time;
pub mod trace;
pub mod traffic;

pub use device::Device;
pub use dram::Dram;
pub use spec::DeviceSpec;
pub use time::{Femtos, Ticks};
