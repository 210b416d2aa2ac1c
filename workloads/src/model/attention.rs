//! The kinds of attention and what each stores and multiplies.

use serde::{Deserialize, Serialize};

use super::matrix::{Matrix, bytes};

/// Attention of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Attention {
    /// Softmax attention in which groups of query heads share a KV head.
    GroupedQuery {
        /// Query heads.
        query_heads: u32,
        /// KV heads; divides `query_heads`.
        kv_heads: u32,
        /// Elements of a head.
        head_dim: u32,
        /// Tokens that a query sees.
        span: Span,
        /// Whether a further projection, as wide as the queries, gates the result.
        output_gate: bool,
    },
    /// Gated DeltaNet (Yang et al., ICLR 2025): a recurrent state instead of a KV cache.
    GatedDeltaNet {
        /// Key (and query) heads; divides `value_heads`.
        key_heads: u32,
        /// Value heads, each with a state `[key_dim x value_dim]`.
        value_heads: u32,
        /// Elements of a key.
        key_dim: u32,
        /// Elements of a value.
        value_dim: u32,
        /// Tokens under the causal convolution before the recurrence.
        conv_width: u32,
        /// Bits of an element of the state.
        state_bits: u32,
    },
}

/// Tokens that a query sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// The whole context.
    Full,
    /// The last so many tokens.
    Sliding(u32),
}

/// Matrices around attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Projections {
    /// Residual stream to everything that attention takes, as one matrix: queries, keys, values and gates.
    pub input: Matrix,
    /// Attention's result to the residual stream.
    pub output: Matrix,
}

impl Attention {
    /// Matrices around attention, for a residual stream of `hidden` elements.
    #[must_use]
    pub fn projections(&self, hidden: u32) -> Projections {
        let (taken, given) = match *self {
            Self::GroupedQuery { query_heads, kv_heads, head_dim, output_gate, .. } => {
                let queries = query_heads * head_dim;
                let gate = if output_gate { queries } else { 0 };
                (queries + 2 * kv_heads * head_dim + gate, queries)
            }
            Self::GatedDeltaNet { key_heads, value_heads, key_dim, value_dim, .. } => {
                let (keys, values) = (key_heads * key_dim, value_heads * value_dim);
                // Queries and keys, values and their output gate, decay and step size of each value head.
                (2 * keys + 2 * values + 2 * value_heads, values)
            }
        };
        Projections {
            input: Matrix { rows: taken, columns: hidden },
            output: Matrix { rows: hidden, columns: given },
        }
    }

    /// Elements that a token adds to the KV cache of the layer.
    #[must_use]
    pub fn kv_elements_per_token(&self) -> u64 {
        match *self {
            Self::GroupedQuery { kv_heads, head_dim, .. } => {
                2 * u64::from(kv_heads) * u64::from(head_dim)
            }
            Self::GatedDeltaNet { .. } => 0,
        }
    }

    /// Tokens of the KV cache that a query reads when the context is `context` tokens long.
    #[must_use]
    pub fn kv_tokens_read(&self, context: u32) -> u32 {
        match *self {
            Self::GroupedQuery { span: Span::Full, .. } => context,
            Self::GroupedQuery { span: Span::Sliding(window), .. } => context.min(window),
            Self::GatedDeltaNet { .. } => 0,
        }
    }

    /// Bytes of recurrent state of one request, convolution included; the convolution's inputs take `activation_bits` each.
    #[must_use]
    pub fn state_bytes(&self, activation_bits: u32) -> u64 {
        match *self {
            Self::GroupedQuery { .. } => 0,
            Self::GatedDeltaNet {
                key_heads,
                value_heads,
                key_dim,
                value_dim,
                conv_width,
                state_bits,
            } => {
                let values = u64::from(value_heads) * u64::from(value_dim);
                let channels = 2 * u64::from(key_heads) * u64::from(key_dim) + values;
                bytes(values * u64::from(key_dim), state_bits)
                    + bytes(channels * u64::from(conv_width - 1), activation_bits)
            }
        }
    }
}
