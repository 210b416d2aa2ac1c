//! Shapes of MoE language models.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Presets that ship with the crate: name and RON text.
pub const PRESETS: &[(&str, &str)] = &[
    ("qwen3-30b-a3b", include_str!("../presets/models/qwen3-30b-a3b.ron")),
    ("gpt-oss-120b", include_str!("../presets/models/gpt-oss-120b.ron")),
    ("gpt-oss-20b", include_str!("../presets/models/gpt-oss-20b.ron")),
    ("qwen3.5-397b-a17b", include_str!("../presets/models/qwen3.5-397b-a17b.ron")),
];

/// A model. Every layer is attention and a mixture of experts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// Name in reports.
    pub name: String,
    /// Layers.
    pub layers: u32,
    /// Attention of each layer, repeated over the layers.
    pub pattern: Vec<Attention>,
    /// Elements of a token between layers.
    pub hidden: u32,
    /// Rows of the language-model head.
    pub vocabulary: u32,
    /// Bits of a parameter outside of experts.
    pub weight_bits: u32,
    /// Heads of cached attention.
    pub heads: Heads,
    /// Experts of a layer.
    pub experts: Experts,
    /// GPUs of a server that serves it, unless said otherwise.
    pub default_gpus: u32,
    /// Routing preset that describes it, unless said otherwise.
    pub default_routing: String,
    /// Path prefix -> where the numbers below it come from; the longest prefix wins.
    pub sources: BTreeMap<String, String>,
}

/// Attention of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attention {
    /// Over all cached tokens.
    Full,
    /// Over the last tokens.
    Sliding {
        /// How many.
        window: u32,
    },
    /// A recurrent state instead of a cache.
    GatedDeltaNet(DeltaNet),
}

/// Shape of a gated delta rule's heads; each value head keeps a state of `head_dim` x `head_dim`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeltaNet {
    /// Heads of queries and keys.
    pub key_heads: u32,
    /// Heads of values.
    pub value_heads: u32,
    /// Elements of a head.
    pub head_dim: u32,
}

/// Heads of cached attention (grouped-query).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heads {
    /// Query heads, a multiple of `kv`.
    pub query: u32,
    /// Heads of keys and values.
    pub kv: u32,
    /// Elements of a head.
    pub dim: u32,
    /// The output is gated by another projection as wide as the queries.
    pub output_gate: bool,
}

/// Experts of a layer. Each has gate and up [intermediate x hidden] and down [hidden x intermediate].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experts {
    /// Routed experts.
    pub count: u32,
    /// Routed experts of a token.
    pub top_k: u32,
    /// Rows of gate and of up.
    pub intermediate: u32,
    /// Experts of the same shape that every token takes.
    pub shared: u32,
    /// Bits of a parameter.
    pub weight_bits: u32,
}

/// Numbers that contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("model `{name}`: {}", .findings.join("; "))]
pub struct Invalid {
    /// The model.
    pub name: String,
    /// Path and text of each finding.
    pub findings: Vec<String>,
}

impl Attention {
    /// Tokens that it reads of so many in the request.
    #[must_use]
    pub fn visible(self, tokens: u32) -> u32 {
        match self {
            Self::Full => tokens,
            Self::Sliding { window } => tokens.min(window),
            Self::GatedDeltaNet(_) => 0,
        }
    }

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Sliding { .. } => "sliding",
            Self::GatedDeltaNet(_) => "gated_delta_net",
        }
    }
}

impl ModelSpec {
    /// Checks all numbers.
    ///
    /// # Errors
    /// Every contradiction, at once.
    pub fn check(&self) -> Result<(), Invalid> {
        let (h, e) = (&self.heads, &self.experts);
        let mut findings = Vec::new();
        let limits: [(&str, u32, u32, u32); 13] = [
            ("layers", self.layers, 1, 1000),
            ("hidden", self.hidden, 1, 1 << 20),
            ("vocabulary", self.vocabulary, 1, 1 << 24),
            ("weight_bits", self.weight_bits, 1, 64),
            ("heads.query", h.query, 1, 1024),
            ("heads.kv", h.kv, 1, h.query),
            ("heads.dim", h.dim, 1, 1024),
            ("experts.count", e.count, 1, 1 << 16),
            ("experts.top_k", e.top_k, 1, e.count),
            ("experts.intermediate", e.intermediate, 1, 1 << 20),
            ("experts.shared", e.shared, 0, 64),
            ("experts.weight_bits", e.weight_bits, 1, 64),
            ("default_gpus", self.default_gpus, 1, 1 << 10),
        ];
        for (path, value, least, most) in limits {
            if !(least..=most).contains(&value) {
                findings.push(format!("{path}: {value} is outside {least} to {most}"));
            }
        }
        if h.kv > 0 && !h.query.is_multiple_of(h.kv) {
            findings.push(format!("heads.query: {} is not a multiple of {} KV heads", h.query, h.kv));
        }
        if self.pattern.is_empty() {
            findings.push("pattern: names no attention; at least one is needed".to_owned());
        }
        if self.pattern.contains(&Attention::Sliding { window: 0 }) {
            findings.push("pattern: a sliding window of 0 tokens; at least 1 is needed".to_owned());
        }
        if findings.is_empty() { Ok(()) } else { Err(Invalid { name: self.name.clone(), findings }) }
    }

    /// Attention of a layer.
    #[must_use]
    pub fn attention(&self, layer: u32) -> Attention {
        self.pattern[layer as usize % self.pattern.len()]
    }

    /// Distinct kinds of layers, in the order in which they first occur.
    #[must_use]
    pub fn layer_groups(&self) -> Vec<Attention> {
        let mut groups = Vec::new();
        for layer in 0..self.layers.min(u32::try_from(self.pattern.len()).unwrap_or(u32::MAX)) {
            if !groups.contains(&self.attention(layer)) {
                groups.push(self.attention(layer));
            }
        }
        groups
    }

    /// Rows of the projections [rows x hidden] into attention: queries, keys, values, gates.
    #[must_use]
    pub fn input_projection_rows(&self, attention: Attention) -> u32 {
        match attention {
            Attention::Full | Attention::Sliding { .. } => {
                let h = &self.heads;
                let queries = h.query * (1 + u32::from(h.output_gate));
                (queries + 2 * h.kv) * h.dim
            }
            // Queries, keys, values and the output gate; decay and step size per value head.
            Attention::GatedDeltaNet(net) => {
                2 * (net.key_heads + net.value_heads) * net.head_dim + 2 * net.value_heads
            }
        }
    }

    /// Columns of the projection [hidden x columns] out of attention.
    #[must_use]
    pub fn output_projection_columns(&self, attention: Attention) -> u32 {
        match attention {
            Attention::Full | Attention::Sliding { .. } => self.heads.query * self.heads.dim,
            Attention::GatedDeltaNet(net) => net.value_heads * net.head_dim,
        }
    }

    /// Parameters of one expert.
    #[must_use]
    pub fn expert_parameters(&self) -> u64 {
        3 * u64::from(self.hidden) * u64::from(self.experts.intermediate)
    }

    /// Bytes of all routed experts.
    #[must_use]
    pub fn routed_expert_bytes(&self) -> u64 {
        let experts = u64::from(self.layers) * u64::from(self.experts.count);
        (experts * self.expert_parameters() * u64::from(self.experts.weight_bits)).div_ceil(8)
    }

    /// Bytes of everything else, which every GPU holds under data-parallel attention: attention, routers, shared experts,
    /// embedding and head.
    #[must_use]
    pub fn replicated_bytes(&self) -> u64 {
        let layer = |l| {
            let attention = self.attention(l);
            let projections =
                self.input_projection_rows(attention) + self.output_projection_columns(attention);
            u64::from(projections + self.experts.count) * u64::from(self.hidden)
        };
        let layers: u64 = (0..self.layers).map(layer).sum();
        let shared = u64::from(self.layers) * u64::from(self.experts.shared) * self.expert_parameters();
        let vocabulary = 2 * u64::from(self.vocabulary) * u64::from(self.hidden);
        let rest = (layers + vocabulary) * u64::from(self.weight_bits);
        (rest + shared * u64::from(self.experts.weight_bits)).div_ceil(8)
    }

    /// Bytes of KV cache that a token adds over all layers that cache (windows ignored), bf16.
    #[must_use]
    pub fn kv_bytes_per_token(&self) -> u64 {
        let caching = (0..self.layers).filter(|&l| self.attention(l) == Attention::Full).count() as u64;
        caching * 2 * u64::from(self.heads.kv) * u64::from(self.heads.dim) * 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preset(name: &str) -> ModelSpec {
        let (_, text) = PRESETS.iter().find(|(known, _)| *known == name).unwrap();
        ron::from_str(text).unwrap()
    }

    #[test]
    fn presets_check_and_have_their_published_sizes() {
        for (name, _) in PRESETS {
            let model = preset(name);
            assert_eq!((model.name.as_str(), model.check()), (*name, Ok(())));
        }
        // Routed parameters: 29.0 B, 114.7 B, 386.5 B.
        for (name, billions) in [("qwen3-30b-a3b", 29.0), ("gpt-oss-120b", 114.7), ("qwen3.5-397b-a17b", 386.5)] {
            let found = preset(name).routed_expert_bytes() as f64 / 2e9;
            assert!((found - billions).abs() < 0.1, "{name}: {found}");
        }
    }

    #[test]
    fn qwen3_5_replicates_about_21_gb_beside_its_routed_experts() {
        let model = preset("qwen3.5-397b-a17b");
        let gb = model.replicated_bytes() as f64 / 1e9;
        assert!((19.0..23.0).contains(&gb), "{gb}");
    }

    #[test]
    fn groups_are_kinds_of_layers() {
        let names = |name: &str| preset(name).layer_groups().iter().map(|a| a.name()).collect::<Vec<_>>();
        assert_eq!(names("gpt-oss-120b"), ["sliding", "full"]);
        assert_eq!(names("qwen3.5-397b-a17b"), ["gated_delta_net", "full"]);
        assert_eq!(preset("qwen3-30b-a3b").kv_bytes_per_token(), 48 * 2048);
    }
}
