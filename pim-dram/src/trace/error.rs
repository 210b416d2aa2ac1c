//! What can be wrong with a command trace.

use thiserror::Error;

use crate::similar::suggestion;

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {mistake}")]
pub struct TraceError {
    /// Counted from 1, the header included.
    pub line: u64,
    /// What is wrong with it.
    pub mistake: Mistake,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Mistake {
    /// The stream itself cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// Longer than any command.
    #[error("a line of more than {0} bytes")]
    TooLong(u64),
    /// A header that names something else.
    #[error("no column is called `{found}`{}; there is {known}", suggestion(.nearest))]
    UnknownColumn {
        /// What it names.
        found: String,
        /// The most similar column.
        nearest: Option<String>,
        /// All columns.
        known: String,
    },
    /// A header that names a column twice.
    #[error("the column `{0}` stands there twice")]
    RepeatedColumn(&'static str),
    /// A header without a column that every command needs.
    #[error("the header has no column `{0}`")]
    MissingColumn(&'static str),
    /// More or fewer cells than the header.
    #[error("{found} cells, the header has {expected}")]
    Cells {
        /// Cells of the line.
        found: usize,
        /// Cells of the header.
        expected: usize,
    },
    /// A mnemonic that the device does not have.
    #[error("no command is called `{found}`{}; the device has {}", suggestion(.nearest), .known.join(", "))]
    UnknownCommand {
        /// What stands there.
        found: String,
        /// The most similar mnemonic.
        nearest: Option<String>,
        /// All mnemonics.
        known: Vec<String>,
    },
    /// A number out of range, or none where there must be one.
    #[error("{column}: `{found}` is no number from 0 to {most}")]
    Number {
        /// The column.
        column: &'static str,
        /// What stands there.
        found: String,
        /// The greatest that is allowed.
        most: u64,
    },
    /// Something where nothing belongs.
    #[error("{column}: `{found}`, but {command} has none; leave it empty")]
    NotEmpty {
        /// The column.
        column: &'static str,
        /// What stands there.
        found: String,
        /// Mnemonic of the command.
        command: String,
    },
    /// Time runs backwards.
    #[error("tick {at} comes after tick {before}; commands stand in order of time")]
    Backwards {
        /// The tick.
        at: u64,
        /// That of the line before.
        before: u64,
    },
}
