//! What can be wrong with a stream of commands.

use serde::Serialize;
use thiserror::Error;

/// The first thing that is wrong with a stream of commands. Commands are counted from 0.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Violation {
    /// Two commands too close.
    #[error(
        "command {index} ({command}) at tick {at} breaks {rule}: legal from tick {legal} on, because of command {because} \
         ({earlier}) at tick {earlier_at}"
    )]
    Timing {
        /// Place in the stream.
        index: usize,
        /// Mnemonic.
        command: String,
        /// Where it was issued. Unit: ticks.
        at: u64,
        /// The rule.
        rule: String,
        /// The first legal tick under that rule, and under all timing rules. Unit: ticks.
        legal: u64,
        /// Place of the earlier command.
        because: usize,
        /// Mnemonic of the earlier command.
        earlier: String,
        /// Where that was issued. Unit: ticks.
        earlier_at: u64,
    },
    /// A command against the open rows.
    #[error("command {index} ({command}) at tick {at}: bank {bank} has {found}, it needs {needed}")]
    Row {
        /// Place in the stream.
        index: usize,
        /// Mnemonic.
        command: String,
        /// Where it was issued. Unit: ticks.
        at: u64,
        /// Bank of the channel.
        bank: u32,
        /// What is open.
        found: String,
        /// What should be.
        needed: String,
    },
    /// A command that opens or needs a row and does not say which.
    #[error("command {index} ({command}) at tick {at} names no row")]
    NoRow {
        /// Place in the stream.
        index: usize,
        /// Mnemonic.
        command: String,
        /// Where it was issued. Unit: ticks.
        at: u64,
    },
    /// A command or node that the device does not have.
    #[error("command {index}: the device has no command {command} with a target {target}")]
    Unknown {
        /// Place in the stream.
        index: usize,
        /// Number of the command.
        command: u8,
        /// Node of its reach.
        target: u32,
    },
    /// The stream is not in order of time.
    #[error("command {index} at tick {at} comes after one at tick {before}")]
    Order {
        /// Place in the stream.
        index: usize,
        /// Its tick.
        at: u64,
        /// The tick before.
        before: u64,
    },
    /// A command of rising edges between two of them.
    #[error("command {index} ({command}) at tick {at} is not on a rising edge of the clock")]
    Edge {
        /// Place in the stream.
        index: usize,
        /// Mnemonic.
        command: String,
        /// Where it was issued. Unit: ticks.
        at: u64,
    },
    /// A refresh was put off for a whole interval.
    #[error("bank {bank} had {found} refreshes by tick {at}, {needed} were due an interval before")]
    Refresh {
        /// Bank of the channel.
        bank: u32,
        /// The tick by which one was missing.
        at: u64,
        /// Refreshes until then.
        found: u64,
        /// Refreshes due, one interval of grace.
        needed: u64,
    },
}

impl Violation {
    /// Place of the command that violates; a refresh that did not come has none.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        match *self {
            Self::Timing { index, .. }
            | Self::Row { index, .. }
            | Self::NoRow { index, .. }
            | Self::Unknown { index, .. }
            | Self::Order { index, .. }
            | Self::Edge { index, .. } => Some(index),
            Self::Refresh { .. } => None,
        }
    }

    /// Place of the earlier command that a timing rule binds it to.
    #[must_use]
    pub fn because(&self) -> Option<usize> {
        if let Self::Timing { because, .. } = *self { Some(because) } else { None }
    }
}
