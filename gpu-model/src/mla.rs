//! Multi-head latent attention: all heads share one compressed entry of the KV cache a token.
//!
//! Source: DeepSeek-V2, arXiv 2405.04434 section 2.1 and appendix C. Decode multiplies in the latent space, prefill in that of the
//! heads; the matrices that lead from one to the other are projections and are not counted here. Scores stay on chip, and the
//! softmax is not counted, as in [`attention`](crate::attention).

use crate::attention::{PromptChunk, Reach};
use crate::kernel::{Activations, Kernel, product};

/// The shape of a latent attention layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatentShape {
    /// Heads.
    pub heads: u32,
    /// Elements of the compressed keys and values of a token.
    pub kv_rank: u32,
    /// Elements of a head's query and key that carry no position.
    pub nope_dim: u32,
    /// Elements that carry the position; their key is shared by all heads.
    pub rope_dim: u32,
    /// Elements of a head's value.
    pub value_dim: u32,
    /// Bytes of a cached element.
    pub element_bytes: u32,
}

/// One new token for each request that attends to so many tokens, itself included; a request of 0 is absent.
///
/// Absorbed form: `2 * heads * (kv_rank + rope_dim)` flops per token attended to for scores, `2 * heads * kv_rank` for contexts.
/// A token's entry of `kv_rank + rope_dim` elements is read once for all heads, and serves as key and as value.
#[must_use]
pub fn decode_latent(
    shape: LatentShape,
    kv_tokens: impl IntoIterator<Item = u32>,
    activations: Activations,
) -> Kernel {
    let [heads, rank] = [shape.heads, shape.kv_rank].map(u64::from);
    let entry = shape.entry();
    let request = |tokens: u32| {
        let tokens = u64::from(tokens);
        // Queries in the latent space and the new entry in, a context per head out.
        let moved = activations.bytes(product([heads, entry + rank]).saturating_add(entry));
        Kernel {
            flops: product([2, heads, entry + rank, tokens]),
            bytes: product([tokens + 1, entry, shape.element_bytes.into()]).saturating_add(moved),
        }
    };
    kv_tokens.into_iter().filter(|&tokens| tokens > 0).map(request).sum()
}

/// Prompts, whole or a chunk of each, causally masked over context and chunk.
///
/// Un-absorbed form: keys and values of each head have been expanded from the chunk's latent entries and are activations; the
/// entries themselves are appended to the cache and not read. Those of the context are read and expanded again,
/// `2 * heads * (nope_dim + value_dim) * kv_rank` flops each; the matrices are those of the chunk's projections and not read again.
/// `2 * heads * (nope_dim + rope_dim + value_dim)` flops per pair of tokens.
#[must_use]
pub fn prefill_latent(
    shape: LatentShape,
    chunks: impl IntoIterator<Item = PromptChunk>,
    activations: Activations,
) -> Kernel {
    let [heads, rank, nope, rope, value] =
        [shape.heads, shape.kv_rank, shape.nope_dim, shape.rope_dim, shape.value_dim]
            .map(u64::from);
    let work = |chunk: PromptChunk| {
        let pairs = chunk.pairs(Reach::All);
        let [seen, tokens] = [chunk.seen(Reach::All), chunk.tokens].map(u64::from);
        // Queries in and contexts out of the new tokens; keys and values in of all, the positional part of a key being one for all
        // heads.
        let new = product([heads, nope + rope + value]);
        let cached = product([heads, nope + value]).saturating_add(rope);
        let vectors = product([tokens, new]).saturating_add(product([seen, cached]));
        let expanded = product([2, heads, nope + value, rank, seen - tokens]);
        Kernel {
            flops: product([2, heads, nope + rope + value, pairs]).saturating_add(expanded),
            bytes: product([seen, shape.entry(), shape.element_bytes.into()])
                .saturating_add(activations.bytes(vectors)),
        }
    };
    chunks.into_iter().map(work).sum()
}

impl LatentShape {
    /// Elements of a token's entry of the cache.
    fn entry(self) -> u64 {
        u64::from(self.kv_rank) + u64::from(self.rope_dim)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: LatentShape = LatentShape {
        heads: 4,
        kv_rank: 8,
        nope_dim: 3,
        rope_dim: 2,
        value_dim: 5,
        element_bytes: 2,
    };
    const IN_HBM: Activations = Activations::InHbm { element_bytes: 2 };

    #[test]
    fn decode_reads_one_entry_a_token_for_all_heads() {
        let kernel = decode_latent(SHAPE, [10, 0, 3], Activations::OnChip);
        // Scores over 8 + 2 and contexts over 8 elements; entries of 20 B, one more written a request.
        assert_eq!(kernel, Kernel { flops: 13 * 2 * 4 * (10 + 8), bytes: (13 + 2) * 20 });
        // Per request: 4 queries of 10, an entry of 10, 4 contexts of 8.
        let moved = decode_latent(SHAPE, [10, 0, 3], IN_HBM).bytes - kernel.bytes;
        assert_eq!(moved, 2 * (4 * 10 + 10 + 4 * 8) * 2);
    }

    #[test]
    fn prefill_multiplies_heads_and_writes_entries() {
        let kernel = prefill_latent(SHAPE, [3, 1].map(PromptChunk::whole), Activations::OnChip);
        // 6 + 1 pairs, scores over 3 + 2 and contexts over 5 elements.
        assert_eq!(kernel, Kernel { flops: 7 * 2 * 4 * (5 + 5), bytes: 4 * 20 });
        // Per token: 4 queries of 5, 4 keys of 3 and one of 2, 4 values of 5 in and out.
        let moved =
            prefill_latent(SHAPE, [3, 1].map(PromptChunk::whole), IN_HBM).bytes - kernel.bytes;
        assert_eq!(moved, 4 * (4 * 5 + 4 * 3 + 2 + 2 * 4 * 5) * 2);
    }

    /// DeepSeek-V3 (its config.json): 576 elements a token, where as many KV heads of 128 would take 32,768.
    #[test]
    fn an_entry_of_deepseek_v3_takes_1152_bytes() {
        let shape = LatentShape {
            heads: 128,
            kv_rank: 512,
            nope_dim: 128,
            rope_dim: 64,
            value_dim: 128,
            element_bytes: 2,
        };
        let kernel = decode_latent(shape, [999], Activations::OnChip);
        assert_eq!(kernel, Kernel { flops: 999 * 2 * 128 * 1088, bytes: 1000 * 1152 });
    }

    #[test]
    fn a_chunk_reads_and_expands_the_entries_of_its_context() {
        let chunk = PromptChunk { context: 4, tokens: 2 };
        let kernel = prefill_latent(SHAPE, [chunk], Activations::OnChip);
        // 5 + 6 pairs; four entries of 8 expanded to 4 heads of 3 + 5; four read and two written.
        let flops = 11 * 2 * 4 * (5 + 5) + 4 * 2 * 4 * (3 + 5) * 8;
        assert_eq!(kernel, Kernel { flops, bytes: (4 + 2) * 20 });
        // Two queries of 4 x 5 and contexts of 4 x 5, six keys of 4 x 3 and one of 2, six values of 4 x 5.
        let moved = prefill_latent(SHAPE, [chunk], IN_HBM).bytes - kernel.bytes;
        assert_eq!(moved, (2 * (20 + 20) + 6 * (12 + 2 + 20)) * 2);
    }
}
