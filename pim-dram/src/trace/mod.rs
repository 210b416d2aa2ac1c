//! Command traces as text: the commands of one channel, one a line, in order of time.
//!
//! ```text
//! tick,command,pseudo_channel,rank,bank_group,gang,bank,row,column
//! 0,PACTA,0,,,,,17,
//! 14,ACT,1,0,2,,5,8,
//! 28,MAC,0,,,,,17,0
//! ```
//!
//! | column | unit | filled in |
//! |---|---|---|
//! | `tick` | ticks of the device's clock since the start, one or two a clock | always |
//! | `command` | mnemonic of the device's family | always |
//! | `pseudo_channel` | of the channel | unless the command reaches the whole channel |
//! | `rank` | of the pseudo-channel | if the command reaches a rank or less |
//! | `bank_group` | of the rank | if it reaches a bank group or one bank |
//! | `gang` | of the rank | if it reaches a gang |
//! | `same_bank` | of a bank group | if it reaches the same bank of every bank group |
//! | `unit_bank` | of a PIM unit | if it reaches one bank of every unit |
//! | `bank` | of the bank group | if it reaches one bank |
//! | `row` | of the bank | if the command opens a row or needs one open |
//! | `column` | burst of the row, or of whatever the command moves | on the column bus; empty is 0 |
//!
//! All numbers count from 0. Columns may stand in any order, and those that would be empty may be missing. A number may be
//! left out where there is only one to choose. A trace says neither why a command waited nor what it was for, so
//! [`Issued::because`](crate::sequencer::Issued::because) is not kept.
//!
//! The codec reads and writes streams and keeps one line in memory; opening files is the caller's matter.

mod address;
pub(crate) mod cells;
mod error;
mod read;
mod write;

pub use error::{Mistake, TraceError};
pub use read::Reader;
pub use write::Writer;

use crate::geometry::Level;

/// The columns in the order in which they are written.
pub const COLUMNS: [&str; 11] = [
    "tick",
    "command",
    "pseudo_channel",
    "rank",
    "bank_group",
    "gang",
    "same_bank",
    "unit_bank",
    "bank",
    "row",
    "column",
];

/// The levels that have a column.
const PLACES: [Level; 7] = [
    Level::PseudoChannel,
    Level::Rank,
    Level::BankGroup,
    Level::Gang,
    Level::SameBank,
    Level::UnitBank,
    Level::Bank,
];

/// The place of each column in [`COLUMNS`]; those of [`PLACES`] follow one another.
const TICK: usize = 0;
const COMMAND: usize = 1;
const FIRST_PLACE: usize = 2;
const ROW: usize = 9;
const COLUMN: usize = 10;

/// The line on which the `index`-th command stands: the header is the first, and no line is without a command.
#[must_use]
pub fn line_of(index: usize) -> u64 {
    index as u64 + 2
}
