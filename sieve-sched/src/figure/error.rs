//! What can be wrong with a figure.

use thiserror::Error;

use crate::chart::ChartError;
use crate::config::ConfigError;
use crate::sweep::SweepError;

/// A figure that cannot be made.
#[derive(Debug, Error)]
pub enum FigureError {
    /// Its file, or the configuration that it names.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What is to be drawn.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// A name that cannot be one of files.
    #[error("{origin}: id: `{found}`, allowed are letters, digits, `-` and `_`, at least one")]
    Id {
        /// The figure's file.
        origin: String,
        /// The name.
        found: String,
    },
    /// A field of a figure's file.
    #[error("{field}: {found}; {allowed}")]
    Field {
        /// Path in the file.
        field: &'static str,
        /// What stands there.
        found: String,
        /// What is allowed.
        allowed: String,
    },
    /// A table that a figure is drawn from.
    #[error("{origin}: {says}")]
    Table {
        /// Where it comes from.
        origin: String,
        /// What is wrong.
        says: String,
    },
    /// Published routing that does not parse.
    #[error(transparent)]
    Published(#[from] workloads::fit::FitError),
    /// A sweep that is drawn.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// Rows that cannot be written.
    #[error("its table cannot be written: {0}")]
    Rows(#[from] csv::Error),
    /// The same.
    #[error("its table cannot be written: {0}")]
    Bytes(#[from] std::io::Error),
}
