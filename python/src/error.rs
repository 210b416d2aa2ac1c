//! Errors of the library as exceptions, with the text that the command prints.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use sieve_sched::config::ConfigError;
use sieve_sched::sweep::SweepError;
use thiserror::Error;

pyo3::create_exception!(
    sieve_sim,
    SieveError,
    PyValueError,
    "Input that cannot be used. The text says where, what was found and what is allowed."
);

/// Whatever ends a function early.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// An option that is no such value.
    #[error("{}", without_usage(.0))]
    Option(#[from] clap::Error),
    /// A configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A sweep.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// A shard.
    #[error("shard: {0}")]
    Shard(String),
    /// Threads that the system does not give.
    #[error(transparent)]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A result that cannot be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        SieveError::new_err(error.to_string())
    }
}

/// What the command prints of its options, up to usage and the pointer to `--help`.
fn without_usage(error: &clap::Error) -> String {
    let text = error.to_string();
    let ends = ["\n\nUsage:", "\n\nFor more information"].map(|mark| text.find(mark));
    let end = ends.into_iter().flatten().min().unwrap_or(text.len());
    text[..end].trim_start_matches("error: ").trim_end().to_owned()
}
