//! Shape of a mixture-of-experts language model: what a user writes, and what follows from it.

mod attention;
mod check;
mod format;
pub mod import;
mod layers;
mod matrix;
mod size;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use attention::{Attention, Projections, Span};
pub use format::{FormatTraits, Scale, WeightFormat};
pub use layers::{Ffn, Layer, LayerGroup};
pub use matrix::Matrix;
pub use size::ParameterBytes;

use crate::preset::{self, PresetError};

/// Presets that ship with the crate: name and RON text.
pub const PRESETS: &[(&str, &str)] = &[
    ("qwen3-30b-a3b", include_str!("../../presets/models/qwen3-30b-a3b.ron")),
    ("qwen3-235b-a22b", include_str!("../../presets/models/qwen3-235b-a22b.ron")),
    ("qwen3-next-80b-a3b", include_str!("../../presets/models/qwen3-next-80b-a3b.ron")),
    ("qwen3.5-35b-a3b", include_str!("../../presets/models/qwen3.5-35b-a3b.ron")),
    ("qwen3.5-397b-a17b", include_str!("../../presets/models/qwen3.5-397b-a17b.ron")),
    ("gpt-oss-20b", include_str!("../../presets/models/gpt-oss-20b.ron")),
    ("gpt-oss-120b", include_str!("../../presets/models/gpt-oss-120b.ron")),
    ("mixtral-8x7b", include_str!("../../presets/models/mixtral-8x7b.ron")),
    ("mixtral-8x22b", include_str!("../../presets/models/mixtral-8x22b.ron")),
    ("deepseek-v2-lite", include_str!("../../presets/models/deepseek-v2-lite.ron")),
    ("deepseek-v3", include_str!("../../presets/models/deepseek-v3.ron")),
    ("kimi-k2", include_str!("../../presets/models/kimi-k2.ron")),
    ("glm-4.5", include_str!("../../presets/models/glm-4.5.ron")),
    ("llama-4-maverick", include_str!("../../presets/models/llama-4-maverick.ron")),
    ("olmoe-1b-7b", include_str!("../../presets/models/olmoe-1b-7b.ron")),
    ("phi-3.5-moe", include_str!("../../presets/models/phi-3.5-moe.ron")),
];

/// A decoder in which every layer is attention followed by a mixture of experts or by a dense network.
///
/// Biases, norms, attention sinks, convolution kernels and multi-token-prediction layers are left out: together they hold
/// less than 1 % of the parameters that are not routed experts' and are read once a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// Name in reports. Range: not blank, no control characters.
    pub name: String,
    /// Routing preset that is used unless another routing is asked for. Range: a preset, or a path that ends in `.ron`.
    pub default_routing: String,
    /// GPUs of a server that serves it, unless another number is asked for. Range: 1 to `experts.count`.
    pub default_gpus: u32,
    /// Decoder layers. Range: 1 to 1,024, past the first layer with experts.
    pub layers: u32,
    /// Width of the residual stream. Unit: elements. Range: 1 to 131,072.
    pub hidden: u32,
    /// Vocabulary. Unit: tokens. Range: 1 to 16,777,216.
    pub vocabulary: u32,
    /// Whether the LM head is the embedding matrix.
    pub tied_embeddings: bool,
    /// Runs of equal layers, repeated until all layers have one. Range: one run or more, one of them with experts.
    pub pattern: Vec<Run>,
    /// Routed experts of a layer.
    pub experts: Experts,
    /// Experts of a layer that every token visits.
    pub shared: Option<SharedExperts>,
    /// How parameters outside the routed experts are stored.
    pub weights: WeightFormat,
    /// Bits of an element of the KV cache. Range: 1 to 32; what units multiply, for methods with PIM.
    pub kv_bits: u32,
    /// Path prefix -> where the numbers below it come from; the longest prefix wins.
    pub sources: BTreeMap<String, String>,
}

/// Consecutive equal layers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Name of these layers in reports; runs of one name are alike and are reported together.
    pub name: String,
    /// Layers in a row. Range: 1 to 1,024.
    pub layers: u32,
    /// Their attention.
    pub attention: Attention,
    /// What follows it.
    pub feed_forward: FeedForward,
}

/// What follows attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedForward {
    /// The model's routed and shared experts.
    Moe,
    /// One gated network of so many elements between its matrices. Range: 1 to 131,072.
    Dense(u32),
}

/// Routed experts of a layer: gated feed-forward networks of equal shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experts {
    /// Experts of a layer. Range: 1 to 4,096.
    pub count: u32,
    /// Experts that a token visits. Range: 1 to `count`.
    pub top_k: u32,
    /// Width between the two matrices of an expert. Unit: elements. Range: 1 to 131,072.
    pub intermediate: u32,
    /// How parameters are stored. Range: what units multiply, for methods with PIM.
    pub weights: WeightFormat,
}

/// Experts of a layer that every token visits; stored as everything outside the routed experts is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedExperts {
    /// Shared experts of a layer. Range: 1 to 64.
    pub count: u32,
    /// Width between the two matrices of one. Unit: elements. Range: 1 to 131,072.
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
