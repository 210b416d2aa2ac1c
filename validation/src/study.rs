//! Replays too slow to be redone with every change: their results are kept as a table, told apart by their inputs, and checked by
//! sample.

mod case;
mod check;
mod measure;
mod table;

use thiserror::Error;

pub use case::Case;
pub use check::{Difference, check};
pub use measure::{measure, missing};
pub use table::{Row, Table};

use sieve_sched::config::ConfigError;
use sieve_sched::figure::FigureError;

use crate::report::Page;

/// A set of replays that makes a page of the documentation.
pub trait Study {
    /// What is replayed, in the order of the table.
    fn cases(&self) -> &[Case];

    /// The page.
    ///
    /// # Errors
    /// [`StudyError::Missing`] if the table lacks a case, [`StudyError::Figure`] if a figure cannot be drawn.
    fn page(&self, table: &Table) -> Result<Page, StudyError>;
}

/// Why a study does not come about.
#[derive(Debug, Error)]
pub enum StudyError {
    /// A case that cannot be replayed.
    #[error("{case}: {source}")]
    Config {
        /// The case.
        case: String,
        /// Why not.
        source: ConfigError,
    },
    /// The table of a study cannot be read.
    #[error("{origin}: {says}")]
    Table {
        /// File, or what stands for it.
        origin: String,
        /// What is wrong, and where.
        says: String,
    },
    /// Results that are not in the table.
    #[error(
        "{missing} of {all} results are not in the data or have other inputs there, the first is {first}; measure them (`--measure`)"
    )]
    Missing {
        /// How many.
        missing: usize,
        /// Of how many.
        all: usize,
        /// Case and method of the first.
        first: String,
    },
    /// New results could not be kept.
    #[error("results could not be kept: {0}")]
    Keep(#[source] std::io::Error),
    /// A figure cannot be drawn.
    #[error(transparent)]
    Figure(#[from] FigureError),
}
