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

/// Consecutive tokens of a prompt that are computed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PromptChunk {
    /// Tokens of the prompt before them, which are in the cache.
    pub context: u32,
    /// Tokens of the chunk.
    pub tokens: u32,
}

impl PromptChunk {
    /// A prompt that is computed at once.
    #[must_use]
    pub fn whole(tokens: u32) -> Self {
        Self { context: 0, tokens }
    }

    /// Tokens of the prompt up to the end of the chunk.
    #[must_use]
    pub fn end(self) -> u32 {
        self.context.saturating_add(self.tokens)
    }

    /// (query token, key token) pairs, causally masked.
    #[must_use]
    pub fn pairs(self, reach: Reach) -> u64 {
        reach.pairs(self.end()) - reach.pairs(self.context)
    }

    /// Tokens that at least one of its tokens attends to, its own included.
    #[must_use]
    pub fn seen(self, reach: Reach) -> u32 {
        let before = match reach {
            Reach::All => self.context,
            Reach::Window(window) => self.context.min(window.saturating_sub(1)),
            Reach::Chunk(chunk) => self.context % chunk.max(1),
        };
        if self.tokens == 0 { 0 } else { before.saturating_add(self.tokens) }
    }
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

/// Prompts, whole or a chunk of each, causally masked over context and chunk. Of the context, what the reach of the chunk's first
/// token holds is read.
#[must_use]
pub fn prefill_attention(
    shape: AttentionShape,
    chunks: impl IntoIterator<Item = PromptChunk>,
    reach: Reach,
    activations: Activations,
) -> Kernel {
    let work = |chunk: PromptChunk| {
        let (pairs, cached, new) =
            (chunk.pairs(reach), chunk.seen(reach).into(), chunk.tokens.into());
        shape.kernel(Attended { pairs, cached, new }, activations)
    };
    chunks.into_iter().map(work).sum()
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
        let of =
            |reach| prefill_attention(SHAPE, [PromptChunk::whole(4)], reach, Activations::OnChip);
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
    fn a_chunk_attends_to_the_context_within_its_reach() {
        // Three tokens after five: they see 6, 7 and 8 tokens; within a window of three 3 each, from the fourth token on; in chunks
        // of four the first two of the fifth's chunk, 2, 3 and 4.
        let chunk = PromptChunk { context: 5, tokens: 3 };
        for (reach, pairs, read) in [
            (Reach::All, 21, 8),
            (Reach::Window(3), 9, 5),
            (Reach::Window(1), 3, 3),
            (Reach::Chunk(4), 9, 4),
            (Reach::Chunk(5), 6, 3),
        ] {
            let kernel = prefill_attention(SHAPE, [chunk], reach, Activations::OnChip);
            let bytes = (read + 3) * TOKEN_BYTES;
            assert_eq!(kernel, Kernel { flops: pairs * PAIR_FLOPS, bytes }, "{reach:?}");
        }
        let none = PromptChunk { context: 5, tokens: 0 };
        for activations in [Activations::OnChip, Activations::InHbm { element_bytes: 2 }] {
            let kernel = prefill_attention(SHAPE, [none], Reach::All, activations);
            assert_eq!(kernel, Kernel::default());
        }
    }

    proptest! {
        /// However a prompt is cut, its chunks compute what it computes at once, and each sees what a mask lets through.
        #[test]
        fn chunks_add_up_to_their_prompt(cuts in prop::collection::vec(1_u32..20, 1..6), limit in 1_u32..30) {
            for reach in [Reach::All, Reach::Window(limit), Reach::Chunk(limit)] {
                let mut context = 0;
                let mut pairs = 0;
                for &tokens in &cuts {
                    let chunk = PromptChunk { context, tokens };
                    pairs += chunk.pairs(reach);
                    let first = (0..context).find(|&key| match reach {
                        Reach::All => true,
                        Reach::Window(window) => context - key < window,
                        Reach::Chunk(size) => context / size == key / size,
                    });
                    prop_assert_eq!(chunk.seen(reach), chunk.end() - first.unwrap_or(context));
                    context = chunk.end();
                }
                prop_assert_eq!(pairs, PromptChunk::whole(context).pairs(reach));
            }
        }
    }

    #[test]
    fn a_prompt_of_one_token_is_a_decode_step_on_an_empty_cache() {
        for activations in [Activations::OnChip, Activations::InHbm { element_bytes: 2 }] {
            assert_eq!(
                prefill_attention(SHAPE, [PromptChunk::whole(1); 2], Reach::All, activations),
                decode_attention(SHAPE, [1, 1], activations)
            );
        }
    }
}
