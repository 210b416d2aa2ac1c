//! Why there is nothing to fit to.

use crate::decode::DecodeError;
use crate::findings::Findings;

/// Targets that cannot be fitted to.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// The file cannot be read.
    #[error("{origin}: cannot be read: {error}")]
    Open {
        /// Path of the file.
        origin: String,
        /// Reason.
        error: std::io::Error,
    },
    /// A line of the file is no row of a table of shares.
    #[error(
        "{origin}:{line}: {says}; columns are batch, one_token, up_to_four, activated, model and source"
    )]
    Line {
        /// Path of the file.
        origin: String,
        /// Line, from 1.
        line: u64,
        /// What is wrong.
        says: String,
    },
    /// The table has rows of several models.
    #[error("{origin}: has rows of {}; one of them has to be chosen", models.join(", "))]
    Models {
        /// Path of the file.
        origin: String,
        /// Models of its rows.
        models: Vec<String>,
    },
    /// No row is left.
    #[error("{origin}: has no statistic{}", of(model.as_deref()))]
    Empty {
        /// Where the targets come from.
        origin: String,
        /// Model whose rows were asked for.
        model: Option<String>,
    },
    /// A number is out of range.
    #[error("{origin}: {findings}")]
    Range {
        /// Where the targets come from.
        origin: String,
        /// What is wrong.
        findings: Findings,
    },
    /// The trace has no such batch.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The routing does not suit the targets.
    #[error("routing: {0}")]
    Routing(Findings),
    /// The shipped table does not parse.
    #[error("published routing: {0}")]
    Shipped(Box<ron::error::SpannedError>),
}

fn of(model: Option<&str>) -> String {
    model.map_or_else(String::new, |model| format!(" of `{model}`"))
}
