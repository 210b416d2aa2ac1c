//! Gated DeltaNet: linear attention with a fixed-size state per request.
//!
//! Source: Yang et al., "Gated Delta Networks: Improving Mamba2 with Delta Rule", arXiv 2412.06464, eq. 10:
//! `S' = a S (I - b k k^T) + b v k^T`, `o = S' q`, for each value head.

use crate::kernel::{Activations, Kernel, product};

/// Flops of one step per state element: decay 1, `S k` 2, rank-one update 2, `S' q` 2. Terms of the order of a vector are
/// left out.
const FLOPS_PER_STATE_ELEMENT: u64 = 7;

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
    let [key_heads, value_heads, key_dim, value_dim] =
        [shape.key_heads, shape.value_heads, shape.key_dim, shape.value_dim].map(u64::from);
    let state = product([requests, value_heads, key_dim, value_dim]);
    // Query and key, value and output, the gates a and b.
    let vectors =
        product([2, key_heads, key_dim]).saturating_add(product([2, value_heads, value_dim + 1]));
    Kernel {
        flops: product([FLOPS_PER_STATE_ELEMENT, state]),
        bytes: product([2, state, shape.state_element_bytes.into()])
            .saturating_add(activations.bytes(product([requests, vectors]))),
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
}
