//! The model types that are understood: which key says what.
//!
//! Defaults stand only for keys that published files of the type leave out. Those of configuration classes were read in transformers
//! @ 008e57439125, of gpt_oss @ 02b8f42b4240, phimoe @ 040e1a7e4bb4, deepseek_v3 @ 001f85b38fb4 and glm4_moe @ 008c726d1655.

/// A model type.
pub(super) struct Family {
    /// `model_type` in the file.
    pub(super) model_type: &'static str,
    /// The class of transformers that reads it.
    pub(super) class: &'static str,
    /// Whether the language model is described below `text_config`, and as `_text` alone.
    pub(super) nested: bool,
    /// Key of the number of routed experts.
    pub(super) experts: &'static str,
    /// Key of the width of a routed expert.
    pub(super) intermediate: &'static str,
    pub(super) attention: Kind,
    pub(super) dense: Dense,
    pub(super) shared: Shared,
    /// Routing preset of the imported model.
    pub(super) routing: &'static str,
    pub(super) defaults: &'static [Missing],
}

/// What a missing key means.
pub(super) struct Missing {
    pub(super) key: &'static str,
    /// As JSON.
    pub(super) value: &'static str,
    pub(super) by: By,
}

/// Who says so.
#[derive(Clone, Copy)]
pub(super) enum By {
    /// The configuration class.
    Class,
    /// Something else.
    Other(&'static str),
}

/// Attention, and what says which layer has which.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Grouped queries, in every layer over the same span; the flag says whether `use_sliding_window` must allow a window.
    Grouped { window_is_switched: bool },
    /// Grouped queries; `layer_types` names the layers with a sliding window.
    Sliding,
    /// Grouped queries with chunks where there is rotary embedding: `no_rope_layers`, or all but every
    /// `no_rope_layer_interval`-th.
    Chunked,
    /// Gated DeltaNet but for every `full_attention_interval`-th layer, or as `layer_types` says.
    Hybrid,
    /// Latent attention.
    Latent,
}

/// Which layers have no experts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dense {
    /// None.
    None,
    /// The first `first_k_dense_replace`.
    First,
    /// `mlp_only_layers`, and all but every `decoder_sparse_step`-th.
    Sparse,
    /// All but `moe_layers`, or all but every `interleave_moe_layer_step`-th.
    Interleaved,
}

/// Shared experts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shared {
    /// None.
    None,
    /// `n_shared_experts` of the size of a routed one.
    Count,
    /// One of `shared_expert_intermediate_size`.
    Width,
    /// One of the size of a routed one; no key says so.
    One,
}

const SWITCHED: Kind = Kind::Grouped { window_is_switched: true };
const PLAIN: Kind = Kind::Grouped { window_is_switched: false };

const fn class(key: &'static str, value: &'static str) -> Missing {
    Missing { key, value, by: By::Class }
}

const fn other(key: &'static str, value: &'static str, by: &'static str) -> Missing {
    Missing { key, value, by: By::Other(by) }
}

const UNTIED: Missing = class("tie_word_embeddings", "false");
const NO_WINDOW: Missing = class("sliding_window", "null");
const INTERVAL: Missing = class("full_attention_interval", "4");
const GATED: Missing = other("attn_output_gate", "true", "as the architecture has it");
const STATE: Missing =
    other("mamba_ssm_dtype", "\"float32\"", "as files of Qwen3.5 models have it");
const NO_DENSE: Missing = class("mlp_only_layers", "[]");
const EVERY_LAYER: Missing = class("decoder_sparse_step", "1");
const EXPERTS_THROUGHOUT: Missing = other("decoder_sparse_step", "1", "as the architecture has it");

/// Every model type.
#[rustfmt::skip]
pub(super) const FAMILIES: &[Family] = &[
    Family {
        model_type: "qwen3_moe", class: "Qwen3MoeConfig", nested: false,
        experts: "num_experts", intermediate: "moe_intermediate_size",
        attention: SWITCHED, dense: Dense::Sparse, shared: Shared::None, routing: "qwen3",
        defaults: &[UNTIED, class("use_sliding_window", "false"), NO_DENSE, EVERY_LAYER],
    },
    Family {
        model_type: "qwen3_next", class: "Qwen3NextConfig", nested: false,
        experts: "num_experts", intermediate: "moe_intermediate_size",
        attention: Kind::Hybrid, dense: Dense::Sparse, shared: Shared::Width, routing: "qwen3-next",
        defaults: &[UNTIED, INTERVAL, GATED, STATE, NO_DENSE, EVERY_LAYER],
    },
    Family {
        model_type: "qwen3_5_moe", class: "Qwen3_5MoeTextConfig", nested: true,
        experts: "num_experts", intermediate: "moe_intermediate_size",
        attention: Kind::Hybrid, dense: Dense::Sparse, shared: Shared::Width, routing: "qwen3-next",
        defaults: &[UNTIED, INTERVAL, GATED, STATE, EXPERTS_THROUGHOUT],
    },
    Family {
        model_type: "gpt_oss", class: "GptOssConfig", nested: false,
        experts: "num_local_experts", intermediate: "intermediate_size",
        attention: Kind::Sliding, dense: Dense::None, shared: Shared::None, routing: "gpt-oss",
        defaults: &[UNTIED],
    },
    Family {
        model_type: "mixtral", class: "MixtralConfig", nested: false,
        experts: "num_local_experts", intermediate: "intermediate_size",
        attention: PLAIN, dense: Dense::None, shared: Shared::None, routing: "mixtral",
        defaults: &[UNTIED, NO_WINDOW],
    },
    Family {
        model_type: "phimoe", class: "PhimoeConfig", nested: false,
        experts: "num_local_experts", intermediate: "intermediate_size",
        attention: PLAIN, dense: Dense::None, shared: Shared::None, routing: "mixtral",
        defaults: &[UNTIED, NO_WINDOW],
    },
    Family {
        model_type: "olmoe", class: "OlmoeConfig", nested: false,
        experts: "num_experts", intermediate: "intermediate_size",
        attention: PLAIN, dense: Dense::None, shared: Shared::None, routing: "uniform",
        defaults: &[UNTIED],
    },
    Family {
        model_type: "deepseek_v2", class: "DeepseekV2Config", nested: false,
        experts: "n_routed_experts", intermediate: "moe_intermediate_size",
        attention: Kind::Latent, dense: Dense::First, shared: Shared::Count, routing: "uniform",
        defaults: &[UNTIED],
    },
    Family {
        model_type: "deepseek_v3", class: "DeepseekV3Config", nested: false,
        experts: "n_routed_experts", intermediate: "moe_intermediate_size",
        attention: Kind::Latent, dense: Dense::First, shared: Shared::Count, routing: "qwen3-next",
        defaults: &[UNTIED],
    },
    Family {
        model_type: "kimi_k2", class: "DeepseekV3Config", nested: false,
        experts: "n_routed_experts", intermediate: "moe_intermediate_size",
        attention: Kind::Latent, dense: Dense::First, shared: Shared::Count, routing: "qwen3-next",
        defaults: &[UNTIED],
    },
    Family {
        model_type: "glm4_moe", class: "Glm4MoeConfig", nested: false,
        experts: "n_routed_experts", intermediate: "moe_intermediate_size",
        attention: PLAIN, dense: Dense::First, shared: Shared::Count, routing: "qwen3-next",
        defaults: &[UNTIED],
    },
    Family {
        model_type: "llama4", class: "Llama4TextConfig", nested: true,
        experts: "num_local_experts", intermediate: "intermediate_size",
        attention: Kind::Chunked, dense: Dense::Interleaved, shared: Shared::One, routing: "mixtral",
        defaults: &[
            UNTIED, class("no_rope_layer_interval", "4"), class("attention_chunk_size", "8192"),
            class("interleave_moe_layer_step", "1"),
        ],
    },
];
