//! The attention of a layer of a `config.json`.

use super::family::Kind;
use super::keys::Keys;
use crate::model::{Attention, Span};

/// Attention of a layer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Full,
    Sliding,
    Chunked,
    Delta,
    Latent,
}

impl Type {
    /// As `layer_types` has it, and as reports do.
    pub(super) const NAMES: [(&'static str, Self); 4] = [
        ("full_attention", Self::Full),
        ("sliding_attention", Self::Sliding),
        ("chunked_attention", Self::Chunked),
        ("linear_attention", Self::Delta),
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Sliding => "sliding",
            Self::Chunked => "chunked",
            Self::Delta => "delta",
            Self::Latent => "latent",
        }
    }
}

/// What the keys say of such attention.
pub(super) fn attention(keys: &mut Keys<'_>, kind: Kind, of: Type) -> Attention {
    match of {
        Type::Latent => Attention::MultiHeadLatent {
            heads: keys.get("num_attention_heads"),
            query_rank: keys.optional("q_lora_rank"),
            kv_rank: keys.get("kv_lora_rank"),
            nope_dim: keys.get("qk_nope_head_dim"),
            rope_dim: keys.get("qk_rope_head_dim"),
            value_dim: keys.get("v_head_dim"),
        },
        Type::Delta => Attention::GatedDeltaNet {
            key_heads: keys.get("linear_num_key_heads"),
            value_heads: keys.get("linear_num_value_heads"),
            key_dim: keys.get("linear_key_head_dim"),
            value_dim: keys.get("linear_value_head_dim"),
            conv_width: keys.get("linear_conv_kernel_dim"),
            state_bits: if keys.get::<String>("mamba_ssm_dtype") == "float32" { 32 } else { 16 },
        },
        Type::Full | Type::Sliding | Type::Chunked => {
            let query_heads: u32 = keys.get("num_attention_heads");
            Attention::GroupedQuery {
                query_heads,
                kv_heads: keys.get("num_key_value_heads"),
                head_dim: keys.optional("head_dim").unwrap_or_else(|| {
                    keys.get::<u32>("hidden_size").checked_div(query_heads).unwrap_or_default()
                }),
                span: match of {
                    Type::Sliding => Span::Sliding(keys.get("sliding_window")),
                    Type::Chunked => Span::Chunked(keys.get("attention_chunk_size")),
                    _ => window(keys, kind),
                },
                output_gate: kind == Kind::Hybrid && keys.get("attn_output_gate"),
            }
        }
    }
}

/// The span of layers that are all alike; a window that no context outgrows is none.
fn window(keys: &mut Keys<'_>, kind: Kind) -> Span {
    let Kind::Grouped { window_is_switched } = kind else { return Span::Full };
    if window_is_switched && !keys.get::<bool>("use_sliding_window") {
        return Span::Full;
    }
    let longest: Option<u32> = keys.optional("max_position_embeddings");
    match keys.optional::<u32>("sliding_window") {
        Some(window) if longest.is_none_or(|longest| window < longest) => Span::Sliding(window),
        _ => Span::Full,
    }
}
