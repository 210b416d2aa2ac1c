//! The kinds of attention and what each stores and multiplies.

use serde::{Deserialize, Serialize};

use super::matrix::{Matrix, bytes};

/// Attention of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Attention {
    /// Softmax attention in which groups of query heads share a KV head.
    GroupedQuery {
        /// Query heads. Range: 1 to 2,048.
        query_heads: u32,
        /// KV heads. Range: a divisor of `query_heads`.
        kv_heads: u32,
        /// Elements of a head. Range: 1 to 2,048.
        head_dim: u32,
        /// Tokens that a query sees.
        span: Span,
        /// Whether a further projection, as wide as the queries, gates the result.
        output_gate: bool,
    },
    /// Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434 section 2.1): all heads share one compressed KV entry a token.
    ///
    /// Decode multiplies in the absorbed form: queries are mapped into the latent space, so that scores are products over
    /// `kv_rank + rope_dim` elements, and contexts are sums over `kv_rank` of them that a matrix a head maps to values.
    MultiHeadLatent {
        /// Heads. Range: 1 to 2,048.
        heads: u32,
        /// Elements of the compressed queries; `None` where queries are projected at once. Range: 1 to 131,072.
        query_rank: Option<u32>,
        /// Elements of the compressed keys and values of a token. Range: 1 to 2,048.
        kv_rank: u32,
        /// Elements of a head's query and key that carry no position. Range: 1 to 2,048.
        nope_dim: u32,
        /// Elements that carry the position; their key is shared by all heads. Range: 1 to 2,048.
        rope_dim: u32,
        /// Elements of a head's value. Range: 1 to 2,048.
        value_dim: u32,
    },
    /// Gated DeltaNet (Yang et al., ICLR 2025): a recurrent state instead of a KV cache.
    GatedDeltaNet {
        /// Key (and query) heads. Range: a divisor of `value_heads`.
        key_heads: u32,
        /// Value heads, each with a state `[key_dim x value_dim]`. Range: 1 to 2,048.
        value_heads: u32,
        /// Elements of a key. Range: 1 to 2,048.
        key_dim: u32,
        /// Elements of a value. Range: 1 to 2,048.
        value_dim: u32,
        /// Tokens under the causal convolution before the recurrence. Range: 1 to 64.
        conv_width: u32,
        /// Bits of an element of the state. Range: 1 to 32.
        state_bits: u32,
    },
}

/// Tokens that a query sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// The whole context.
    Full,
    /// The last so many tokens. Range: 1 and above.
    Sliding(u32),
    /// Those of its own chunk, the context being cut into chunks of so many tokens from its start. Range: 1 and above.
    Chunked(u32),
}

impl Span {
    /// Tokens that the last query of a context of `context` tokens sees, itself included.
    #[must_use]
    pub fn tokens(self, context: u32) -> u32 {
        match self {
            Self::Full => context,
            Self::Sliding(window) => context.min(window),
            Self::Chunked(chunk) => context.checked_sub(1).map_or(0, |before| before % chunk + 1),
        }
    }
}

/// Matrices around attention. Those that differ from head to head stand below each other as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projections {
    /// From the residual stream to everything that attention takes: queries, keys, values and gates.
    pub input: Vec<Matrix>,
    /// From attention's result to the residual stream.
    pub output: Vec<Matrix>,
}

impl Attention {
    /// Matrices around attention, for a residual stream of `hidden` elements, in the form that decode uses.
    #[must_use]
    pub fn projections(&self, hidden: u32) -> Projections {
        let matrix = |rows, columns| Matrix { rows, columns };
        match *self {
            Self::GroupedQuery { query_heads, kv_heads, head_dim, output_gate, .. } => {
                let queries = query_heads * head_dim;
                let gate = if output_gate { queries } else { 0 };
                let taken = queries + 2 * kv_heads * head_dim + gate;
                Projections {
                    input: vec![matrix(taken, hidden)],
                    output: vec![matrix(hidden, queries)],
                }
            }
            Self::MultiHeadLatent { heads, query_rank, kv_rank, nope_dim, rope_dim, value_dim } => {
                let (queries, latent) = (heads * (nope_dim + rope_dim), kv_rank + rope_dim);
                let down = matrix(query_rank.unwrap_or(queries) + latent, hidden);
                let up = query_rank.map(|rank| matrix(queries, rank));
                let absorbed = matrix(heads * kv_rank, nope_dim);
                Projections {
                    input: [Some(down), up, Some(absorbed)].into_iter().flatten().collect(),
                    output: vec![
                        matrix(heads * value_dim, kv_rank),
                        matrix(hidden, heads * value_dim),
                    ],
                }
            }
            Self::GatedDeltaNet { key_heads, value_heads, key_dim, value_dim, .. } => {
                let (keys, values) = (key_heads * key_dim, value_heads * value_dim);
                // Queries and keys, values and their output gate, decay and step size of each value head.
                let taken = 2 * keys + 2 * values + 2 * value_heads;
                Projections {
                    input: vec![matrix(taken, hidden)],
                    output: vec![matrix(hidden, values)],
                }
            }
        }
    }

    /// Elements that a token adds to the KV cache of the layer.
    #[must_use]
    pub fn kv_elements_per_token(&self) -> u64 {
        match *self {
            Self::GroupedQuery { kv_heads, head_dim, .. } => {
                2 * u64::from(kv_heads) * u64::from(head_dim)
            }
            Self::MultiHeadLatent { kv_rank, rope_dim, .. } => u64::from(kv_rank + rope_dim),
            Self::GatedDeltaNet { .. } => 0,
        }
    }

    /// Tokens of the KV cache that a query reads when the context is `context` tokens long.
    #[must_use]
    pub fn kv_tokens_read(&self, context: u32) -> u32 {
        match *self {
            Self::GroupedQuery { span, .. } => span.tokens(context),
            Self::MultiHeadLatent { .. } => context,
            Self::GatedDeltaNet { .. } => 0,
        }
    }

    /// Bytes of recurrent state of one request, convolution included; the convolution's inputs take `activation_bits` each.
    #[must_use]
    pub fn state_bytes(&self, activation_bits: u32) -> u64 {
        match *self {
            Self::GroupedQuery { .. } | Self::MultiHeadLatent { .. } => 0,
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
