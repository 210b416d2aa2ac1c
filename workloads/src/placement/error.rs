//! What can be wrong with a placement.

/// How rules are written.
pub(super) const WRITTEN: &str = "contiguous, permuted, balanced or balanced+N";

/// A rule that does not fit the GPUs or the experts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlacementError {
    /// No rule is written so.
    #[error("placement `{found}`; expected {WRITTEN}")]
    Unknown {
        /// What was written.
        found: String,
    },
    /// Experts without a GPU.
    #[error("{gpus} GPUs; {experts} experts go on 1 to {experts} of them")]
    Gpus {
        /// GPUs asked for.
        gpus: usize,
        /// Experts of a layer.
        experts: u32,
    },
    /// A GPU would hold an expert twice.
    #[error(
        "placement balanced+{replicas} on {gpus} GPU{}: each has room for {most} replicas until it holds all {experts} experts",
        if *gpus == 1 { "" } else { "s" }
    )]
    Replicas {
        /// Replicas a GPU.
        replicas: u32,
        /// GPUs.
        gpus: usize,
        /// Experts of a layer.
        experts: u32,
        /// Replicas that are possible.
        most: u32,
    },
}
