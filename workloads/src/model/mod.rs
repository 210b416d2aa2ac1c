//! Shape of a mixture-of-experts language model: what a user writes, and what follows from it.

mod attention;
mod check;
mod layers;
mod matrix;
mod size;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use attention::{Attention, Projections, Span};
pub use layers::LayerGroup;
pub use matrix::Matrix;
pub use size::ParameterBytes;

use crate::preset::{self, PresetError};

/// Presets that ship with the crate: name and RON text.
pub const PRESETS: &[(&str, &str)] = &[
    ("qwen3-30b-a3b", include_str!("../../presets/models/qwen3-30b-a3b.ron")),
    ("gpt-oss-20b", include_str!("../../presets/models/gpt-oss-20b.ron")),
    ("gpt-oss-120b", include_str!("../../presets/models/gpt-oss-120b.ron")),
    ("qwen3.5-397b-a17b", include_str!("../../presets/models/qwen3.5-397b-a17b.ron")),
];

/// A decoder in which every layer is attention followed by a mixture of experts.
///
/// Biases, norms, attention sinks, convolution kernels and multi-token-prediction layers are left out: together they hold
/// less than 1 % of the parameters that are not routed experts' and are read once a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// Name in reports.
    pub name: String,
    /// Routing preset that is used unless another routing is asked for.
    pub default_routing: String,
    /// GPUs of a server that serves it, unless another number is asked for.
    pub default_gpus: u32,
    /// Decoder layers.
    pub layers: u32,
    /// Width of the residual stream, in elements.
    pub hidden: u32,
    /// Vocabulary, in tokens.
    pub vocabulary: u32,
    /// Whether the LM head is the embedding matrix.
    pub tied_embeddings: bool,
    /// Runs of layers of equal attention, repeated until all layers have one.
    pub pattern: Vec<Run>,
    /// Routed experts of a layer.
    pub experts: Experts,
    /// Experts of a layer that every token visits.
    pub shared: Option<SharedExperts>,
    /// Bits of a parameter outside the routed experts.
    pub weight_bits: u32,
    /// Bits of an element of the KV cache.
    pub kv_bits: u32,
    /// Path prefix -> where the numbers below it come from; the longest prefix wins.
    pub sources: BTreeMap<String, String>,
}

/// Consecutive layers of equal attention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Name of these layers in reports.
    pub name: String,
    /// Layers in a row.
    pub layers: u32,
    /// Their attention.
    pub attention: Attention,
}

/// Routed experts of a layer: gated feed-forward networks of equal shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experts {
    /// Experts of a layer.
    pub count: u32,
    /// Experts that a token visits.
    pub top_k: u32,
    /// Width between the two matrices of an expert, in elements.
    pub intermediate: u32,
    /// Bits of a parameter.
    pub weight_bits: u32,
}

/// Experts of a layer that every token visits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedExperts {
    /// Shared experts of a layer.
    pub count: u32,
    /// Width between the two matrices of one, in elements.
    pub intermediate: u32,
}

impl ModelSpec {
    /// The shipped preset of that name.
    ///
    /// # Errors
    /// When no preset has that name; the error lists those there are.
    pub fn preset(name: &str) -> Result<Self, PresetError> {
        preset::load("model", PRESETS, name)
    }
}
