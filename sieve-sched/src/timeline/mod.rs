//! Timelines: what ran when, as files that <https://ui.perfetto.dev> opens.
//!
//! [`Timeline`] is plain data: tracks of slices and counters. [`replay`] and [`dram`] make one, [`perfetto`] and [`chrome`] write
//! one. The clock of both formats counts nanoseconds, which is coarser than a tick of DRAM; so that nothing is lost that matters,
//! a nanosecond of the file stands for a picosecond of the simulation ([`SCALE`]). Instants are rounded down to it. Rounding
//! down keeps the order of instants, so that slices which did not overlap before do not overlap after.

pub mod chrome;
mod data;
pub mod dram;
mod events;
mod exclusive;
pub mod perfetto;
pub mod proto;
pub mod replay;
mod window;

pub use self::data::{Arg, Group, Shows, Slice, Timeline, Track};
pub use self::window::Window;

use crate::time::Femtos;

/// What a nanosecond of the file is, as the name of its first group of tracks says.
pub const SCALE: &str = "1 ns shown = 1 ps simulated";

/// An instant as the clock of the file counts, rounded down.
#[must_use]
pub fn stamp(time: Femtos) -> u64 {
    time.as_ticks() / 1000
}
