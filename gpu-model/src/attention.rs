//! Softmax attention over a KV cache, with grouped query heads.
//!
//! One rule for both phases: new keys and values are appended to the cache first, then the kernel reads all that it attends
//! to, once per KV head. Scores stay on chip and the softmax between the two products is not counted, being of the order of
//! `1 / head_dim` of their flops.

use crate::kernel::{Activations, Kernel, product};

/// The shape of an attention layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttentionShape {
    /// Query heads.
    pub query_heads: u32,
    /// Key and value heads; each serves `query_heads / kv_heads` query heads.
    pub kv_heads: u32,
    /// Elements of a head's query, key or value.
    pub head_dim: u32,
    /// Bytes of a cached element.
    pub element_bytes: u32,
}

/// One new token for each request that attends to so many tokens, itself included and already limited to the window of the
/// layer; a request of 0 is absent.
///
/// q.K^T and p.V take `4 * query_heads * head_dim` flops per token attended to.
#[must_use]
pub fn decode_attention(
    shape: AttentionShape,
    kv_tokens: impl IntoIterator<Item = u32>,
    activations: Activations,
) -> Kernel {
    let request = |tokens| {
        let tokens = u64::from(tokens);
        shape.kernel(Attended { pairs: tokens, cached: tokens, new: 1 }, activations)
    };
    kv_tokens.into_iter().filter(|&tokens| tokens > 0).map(request).sum()
}

/// How far back a token of a prompt sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To the start.
    All,
    /// So many tokens, itself included.
    Window(u32),
    /// To the start of its chunk of so many tokens, at least one.
    Chunk(u32),
}

impl Reach {
    /// (query token, key token) pairs of a causally masked prompt: token `i` (from 1) attends to `i` tokens, or to those within
    /// its reach.
    #[must_use]
    pub fn pairs(self, tokens: u32) -> u64 {
        let triangle = |tokens: u32| u64::from(tokens) * (u64::from(tokens) + 1) / 2;
        match self {
            Self::All => triangle(tokens),
            Self::Window(window) => {
                let ramp = window.min(tokens);
                triangle(ramp) + u64::from(tokens - ramp) * u64::from(ramp)
            }
            Self::Chunk(chunk) => {
                let chunk = chunk.max(1);
                u64::from(tokens / chunk) * triangle(chunk) + triangle(tokens % chunk)
            }
        }
    }
}

/// Whole prompts of so many tokens, causally masked.
#[must_use]
pub fn prefill_attention(
    shape: AttentionShape,
    prompt_tokens: impl IntoIterator<Item = u32>,
    reach: Reach,
    activations: Activations,
) -> Kernel {
    let prompt = |tokens: u32| {
        let (pairs, tokens) = (reach.pairs(tokens), u64::from(tokens));
        shape.kernel(Attended { pairs, cached: tokens, new: tokens }, activations)
    };
    prompt_tokens.into_iter().map(prompt).sum()
}

/// What one request attends to.
struct Attended {
    /// (query token, key token) pairs.
    pairs: u64,
    /// Tokens read from the cache.
    cached: u64,
    /// Tokens appended to it, which are also the query tokens.
    new: u64,
}

impl AttentionShape {
    fn kernel(self, work: Attended, activations: Activations) -> Kernel {
        let [query_heads, kv_heads, dim] =
            [self.query_heads, self.kv_heads, self.head_dim].map(u64::from);
        let touched = work.cached + work.new;
        let cache = product([2, kv_heads, dim, self.element_bytes.into(), touched]);
        // Queries, keys and values in, one output per query head out.
        let moved = activations.bytes(product([2, query_heads + kv_heads, dim, work.new]));
        Kernel {
            flops: product([4, query_heads, dim, work.pairs]),
            bytes: cache.saturating_add(moved),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHAPE: AttentionShape =
        AttentionShape { query_heads: 8, kv_heads: 2, head_dim: 16, element_bytes: 2 };
    /// Keys and values of a token: 2 x 2 heads x 16 x 2 B.
    const TOKEN_BYTES: u64 = 128;
    /// 4 x 8 heads x 16.
    const PAIR_FLOPS: u64 = 512;

    #[test]
    fn decode_reads_the_cache_and_appends_a_token() {
        let kernel = decode_attention(SHAPE, [10, 0, 3], Activations::OnChip);
        assert_eq!(kernel, Kernel { flops: 13 * PAIR_FLOPS, bytes: (13 + 2) * TOKEN_BYTES });
        // Per request: 8 queries, 2 keys, 2 values and 8 outputs of 16 elements.
        let in_hbm = decode_attention(SHAPE, [10, 0, 3], Activations::InHbm { element_bytes: 2 });
        assert_eq!(in_hbm.bytes - kernel.bytes, 2 * (8 + 2 + 2 + 8) * 16 * 2);
    }

    #[test]
    fn prefill_counts_the_causal_triangle() {
        let of = |reach| prefill_attention(SHAPE, [4], reach, Activations::OnChip);
        let kernel = of(Reach::All);
        assert_eq!(kernel, Kernel { flops: 10 * PAIR_FLOPS, bytes: (4 + 4) * TOKEN_BYTES });
        // 1 + 2 + 2 + 2 pairs inside a window of two, 1 + 2 + 3 + 1 in chunks of three; a reach of the prompt or more changes
        // nothing.
        let reaches = [(Reach::Window(2), 7), (Reach::Chunk(3), 7), (Reach::Chunk(2), 6)];
        for (reach, pairs) in reaches {
            assert_eq!(of(reach).flops, pairs * PAIR_FLOPS, "{reach:?}");
        }
        for reach in [Reach::Window(4), Reach::Window(9), Reach::Chunk(4), Reach::Chunk(9)] {
            assert_eq!(of(reach), kernel, "{reach:?}");
        }
    }

    proptest! {
        #[test]
        fn pairs_are_those_that_a_mask_lets_through(tokens in 0_u32..40, limit in 1_u32..50) {
            let count = |seen: &dyn Fn(u32, u32) -> bool| {
                let pairs = (0..tokens).flat_map(|query| (0..=query).map(move |key| (query, key)));
                pairs.filter(|&(query, key)| seen(query, key)).count() as u64
            };
            prop_assert_eq!(Reach::All.pairs(tokens), count(&|_, _| true));
            prop_assert_eq!(Reach::Window(limit).pairs(tokens), count(&|q, k| q - k < limit));
            prop_assert_eq!(Reach::Chunk(limit).pairs(tokens), count(&|q, k| q / limit == k / limit));
        }
    }

    #[test]
    fn a_prompt_of_one_token_is_a_decode_step_on_an_empty_cache() {
        for activations in [Activations::OnChip, Activations::InHbm { element_bytes: 2 }] {
            assert_eq!(
                prefill_attention(SHAPE, [1, 1], Reach::All, activations),
                decode_attention(SHAPE, [1, 1], activations)
            );
        }
    }
}
