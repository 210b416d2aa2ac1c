//! The arithmetic of a PIM unit: formats, adder tree, accumulator. Time is not its matter.

mod format;
mod unit;

pub use format::Format;

use serde::{Deserialize, Serialize};

/// The formats that a PIM unit computes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arithmetic {
    /// Weights and vector elements. Range: `bf16` or `fp16`.
    pub element: Format,
    /// Products and every level of the adder tree.
    pub tree: Format,
    /// Accumulators.
    pub accumulate: Format,
}
