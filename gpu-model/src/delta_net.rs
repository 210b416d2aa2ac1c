//! Gated DeltaNet: linear attention with a fixed-size state per request.
//!
//! Source: Yang et al., "Gated Delta Networks: Improving Mamba2 with Delta Rule", arXiv 2412.06464, eq. 10:
//! `S' = a S (I - b k k^T) + b v k^T`, `o = S' q`, for each value head.

use crate::kernel::{Activations, Kernel, product};

/// Flops of one step per state element: decay 1, `S k` 2, rank-one update 2, `S' q` 2. Terms of the order of a vector are
/// left out.
const FLOPS_PER_STATE_ELEMENT: u64 = 7;

/// Tokens of a block of the chunkwise form. Source: the Triton kernels of fla-org/flash-linear-attention take 64.
const BLOCK_TOKENS: u64 = 64;

/// The shape of a Gated DeltaNet layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeltaNetShape {
    /// Query and key heads; each serves `value_heads / key_heads` value heads.
    pub key_heads: u32,
    /// Value heads; each has a state of its own.
    pub value_heads: u32,
    /// Elements of a head's query or key.
    pub key_dim: u32,
    /// Elements of a head's value or output.
    pub value_dim: u32,
    /// Bytes of an element of the state, which has `key_dim x value_dim` of them.
    pub state_element_bytes: u32,
}

/// One new token for each request: the state is read and written, whatever the length of the context.
#[must_use]
pub fn gated_delta_net(shape: DeltaNetShape, requests: u32, activations: Activations) -> Kernel {
    let requests = u64::from(requests);
    let [value_heads, key_dim, value_dim] =
        [shape.value_heads, shape.key_dim, shape.value_dim].map(u64::from);
    Kernel {
        flops: product([FLOPS_PER_STATE_ELEMENT, requests, value_heads, key_dim, value_dim]),
        bytes: product([requests, shape.state_bytes()])
            .saturating_add(activations.bytes(product([requests, shape.vectors()]))),
    }
}

/// Chunks of prompts of so many tokens each: the state is read and written once for each, whatever its context.
///
/// Chunkwise form (arXiv 2412.06464 section 3.3), whose products are all of matrices: a chunk is cut into blocks of 64 tokens, and a
/// block of `c` takes, for each value head with `d_k x d_v` elements of state, `6 c d_k d_v` flops with the state (decayed keys and
/// queries times it, and its update), `2 c^2 (3 d_k + 2 d_v)` among its tokens (keys with keys, queries with keys, the inverse
/// triangle times keys and values, scores times values) and `c^3 / 3` for that inverse. Masked halves are computed like the rest.
#[must_use]
pub fn prefill_delta_net(
    shape: DeltaNetShape,
    chunk_tokens: impl IntoIterator<Item = u32>,
    activations: Activations,
) -> Kernel {
    let [value_heads, key_dim, value_dim] =
        [shape.value_heads, shape.key_dim, shape.value_dim].map(u64::from);
    let block = |tokens: u64| {
        let state = product([6, tokens, key_dim, value_dim]);
        let among = product([2, tokens, tokens, 3 * key_dim + 2 * value_dim]);
        product([value_heads, state.saturating_add(among).saturating_add(tokens.pow(3) / 3)])
    };
    let work = |tokens: u32| {
        if tokens == 0 {
            return Kernel::default();
        }
        let tokens = u64::from(tokens);
        let whole = product([tokens / BLOCK_TOKENS, block(BLOCK_TOKENS)]);
        Kernel {
            flops: whole.saturating_add(block(tokens % BLOCK_TOKENS)),
            bytes: shape
                .state_bytes()
                .saturating_add(activations.bytes(product([tokens, shape.vectors()]))),
        }
    };
    chunk_tokens.into_iter().map(work).sum()
}

impl DeltaNetShape {
    /// Bytes of one request's state, read and written.
    fn state_bytes(self) -> u64 {
        let elements = [self.value_heads, self.key_dim, self.value_dim].map(u64::from);
        product([2, product(elements), self.state_element_bytes.into()])
    }

    /// Elements that a token brings and takes: query and key, value and output, the gates a and b.
    fn vectors(self) -> u64 {
        let [key_heads, value_heads, key_dim, value_dim] =
            [self.key_heads, self.value_heads, self.key_dim, self.value_dim].map(u64::from);
        product([2, key_heads, key_dim]).saturating_add(product([2, value_heads, value_dim + 1]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Qwen3.5-397B-A17B, configuration in ai-dynamo/aiconfigurator @ 095f58a.
    const QWEN3_5: DeltaNetShape = DeltaNetShape {
        key_heads: 16,
        value_heads: 64,
        key_dim: 128,
        value_dim: 128,
        state_element_bytes: 2,
    };

    #[test]
    fn the_state_crosses_hbm_twice_a_step() {
        // 64 x 128 x 128 = 1,048,576 elements a request.
        let step = gated_delta_net(QWEN3_5, 3, Activations::OnChip);
        assert_eq!(step, Kernel { flops: 3 * 7 * 1_048_576, bytes: 3 * 2 * 2 * 1_048_576 });
    }

    #[test]
    fn vectors_cross_hbm_where_activations_do() {
        let bytes = |activations| gated_delta_net(QWEN3_5, 3, activations).bytes;
        let vectors = 2 * 16 * 128 + 2 * 64 * 128 + 2 * 64;
        assert_eq!(
            bytes(Activations::InHbm { element_bytes: 2 }) - bytes(Activations::OnChip),
            3 * vectors * 2
        );
    }

    #[test]
    fn a_chunk_is_computed_block_by_block() {
        // 100 tokens: a block of 64 and one of 36, for each of 64 value heads.
        let block = |c: u64| 6 * c * 128 * 128 + 2 * c * c * (3 * 128 + 2 * 128) + c * c * c / 3;
        let chunk = prefill_delta_net(QWEN3_5, [100, 0], Activations::OnChip);
        let flops = 64 * (block(64) + block(36));
        assert_eq!(chunk, Kernel { flops, bytes: 2 * 2 * 1_048_576 });
        // About 11 flops a token and element of state.
        let whole = prefill_delta_net(QWEN3_5, [512], Activations::OnChip).flops as f64;
        assert!((11.0..11.2).contains(&(whole / (512.0 * 1_048_576.0))), "{whole}");
        // A token brings what it brings in decode.
        let moved = |of: &dyn Fn(Activations) -> Kernel| {
            of(Activations::InHbm { element_bytes: 2 }).bytes - of(Activations::OnChip).bytes
        };
        assert_eq!(
            moved(&|activations| prefill_delta_net(QWEN3_5, [100], activations)),
            moved(&|activations| gated_delta_net(QWEN3_5, 100, activations))
        );
    }
}
