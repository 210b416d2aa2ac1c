//! What can be wrong with a `config.json`.

use crate::findings::Findings;

/// A `config.json` that gives no model; `origin` is the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// No JSON, or no object.
    #[error("{origin}:{line}:{column}: {says}")]
    Syntax {
        /// The file.
        origin: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What was found and expected there.
        says: String,
    },
    /// A model type that is not understood.
    #[error("{origin}: model_type: {says}; there is {}", known.join(", "))]
    ModelType {
        /// The file.
        origin: String,
        /// What is wrong with it.
        says: String,
        /// What is understood.
        known: Vec<&'static str>,
    },
    /// Keys that are missing or have values that cannot be used, all of them.
    #[error("{origin}: {}", problems.join("; "))]
    Keys {
        /// The file.
        origin: String,
        /// `key: what is wrong`.
        problems: Vec<String>,
    },
    /// Numbers that make no model.
    #[error("{origin}: {findings}")]
    Model {
        /// The file.
        origin: String,
        /// What contradicts what, by paths of the model; behind a path the key that it was read from.
        findings: Findings,
    },
}
