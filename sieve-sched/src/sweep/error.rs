//! What can be wrong with a sweep.

use std::io;
use std::path::PathBuf;

use pim_dram::similar::suggestion;
use thiserror::Error;

use crate::config::ConfigError;

/// A sweep that cannot be run, or results that cannot be kept.
#[derive(Debug, Error)]
pub enum SweepError {
    /// A file that cannot be found, read or parsed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A mistake in a sweep of that file or name.
    #[error("{origin}: {error}")]
    In {
        /// File or name.
        origin: String,
        /// The mistake.
        error: Box<SweepError>,
    },
    /// A folder in which no sweep was run.
    #[error("{}: holds no points of a sweep; `sieve sweep run SWEEP --out {}` computes some", .0.display(), .0.display())]
    NoSweep(PathBuf),
    /// A path or a value that no point can take.
    #[error("{place}: {}", without_flag(.error))]
    Setting {
        /// Where it stands: `set` or `axes`.
        place: &'static str,
        /// What is wrong.
        error: ConfigError,
    },
    /// A value of the level that cannot be used.
    #[error("level: {name}={found}: {allowed}")]
    Level {
        /// Its name.
        name: &'static str,
        /// What was found.
        found: String,
        /// What is allowed.
        allowed: String,
    },
    /// Something that every point needs.
    #[error("level: has no `{0}`, and no axis has it either")]
    Missing(&'static str),
    /// An axis without values.
    #[error("axes: `{0}` has no values")]
    Empty(String),
    /// Paths of one axis with different numbers of values.
    #[error("axes: {0}; paths of one axis vary together and need as many values each")]
    Uneven(String),
    /// A path that is set twice.
    #[error("{place}: `{path}` is set by `{earlier}` too")]
    Twice {
        /// Where it stands.
        place: &'static str,
        /// The path.
        path: String,
        /// The earlier spelling.
        earlier: String,
    },
    /// A condition over something that does not vary.
    #[error("skip: `{path}` is no axis{}", suggestion(.nearest))]
    NoAxis {
        /// The path.
        path: String,
        /// The most similar axis.
        nearest: Option<String>,
    },
    /// A condition that never holds.
    #[error("skip: `{path}` never is {value}; its values are {values}")]
    NeverIs {
        /// The axis.
        path: String,
        /// The value of the condition.
        value: String,
        /// Those of the axis.
        values: String,
    },
    /// More points than anyone means.
    #[error("axes: have more than {0} combinations")]
    TooMany(usize),
    /// The results folder.
    #[error("{}: {source}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Points that were not computed yet.
    #[error(
        "{missing} of {all} rows have no result yet; run the sweep again, or take what is there with --partial"
    )]
    Unfinished {
        /// Rows without.
        missing: usize,
        /// All rows.
        all: usize,
    },
    /// A table that cannot be written.
    #[error("{0}")]
    Table(String),
}

/// Errors of configurations name the flag that paths come from elsewhere.
pub(super) fn without_flag(error: &ConfigError) -> String {
    let text = error.to_string();
    text.strip_prefix("--set ").map_or(text.clone(), str::to_owned)
}
