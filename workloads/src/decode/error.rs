//! Why a batch cannot be set up.

use super::LARGEST_BATCH;
use crate::findings::Findings;
use crate::trace::TraceError;

/// A batch that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The model contradicts itself.
    #[error("model: {0}")]
    Model(Findings),
    /// The law of lengths is out of range.
    #[error("context lengths: {0}")]
    Lengths(Findings),
    /// The law of popularity is out of range.
    #[error("routing: {0}")]
    Routing(Findings),
    /// The trace does not fit the model.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The batch is empty or too large.
    #[error("a batch of {found} requests is outside 1 to {LARGEST_BATCH}")]
    Batch {
        /// Requests asked for.
        found: usize,
    },
    /// The batch is larger than the recorded ones.
    #[error("{origin}: a batch of {found} cannot be taken from recorded batches of {recorded}")]
    LargerThanRecorded {
        /// Path of the trace.
        origin: String,
        /// Requests asked for.
        found: usize,
        /// Requests recorded.
        recorded: usize,
    },
    /// The batch is not the one whose counts were recorded.
    #[error(
        "{origin}: the counts are those of batches of {recorded}, not of {found}; counts cannot be thinned out"
    )]
    NotTheCounted {
        /// Path of the trace.
        origin: String,
        /// Requests asked for.
        found: usize,
        /// Requests recorded.
        recorded: usize,
    },
}
