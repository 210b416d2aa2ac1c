//! What can be wrong with a table.

/// A table that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{origin}:{line}: {problem}")]
pub struct ReadError {
    /// The file.
    pub origin: String,
    /// Its line, from 1.
    pub line: u64,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It is no CSV, or cannot be read.
    #[error("{0}")]
    Csv(csv::Error),
    /// The header lacks a column.
    #[error("no column `{column}`; there is {}", found.join(", "))]
    Column {
        /// What was looked for.
        column: &'static str,
        /// The columns of the file.
        found: Vec<String>,
    },
    /// A cell holds something else.
    #[error("{column}: `{found}`; expected {expected}")]
    Cell {
        /// Its column.
        column: &'static str,
        /// What it holds.
        found: String,
        /// What it may hold.
        expected: &'static str,
    },
    /// Nothing below the header.
    #[error("no measurement")]
    Empty,
}
