//! What each kernel computes and moves between HBM and the GPU.
//!
//! Weights and KV caches come from HBM; the activations of a decode layer are small and stay in on-chip memory, so only the
//! intermediates that the paper counts for experts are charged.

use std::iter::Sum;
use std::ops::Add;

/// Bytes of a bf16 activation.
const ACTIVATION_BYTES: u64 = 2;

/// A kernel's work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kernel {
    /// Floating-point operations; a multiply-add is two.
    pub flops: u64,
    /// Bytes between HBM and the GPU.
    pub bytes: u64,
}

impl Add for Kernel {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { flops: self.flops + other.flops, bytes: self.bytes + other.bytes }
    }
}

impl Sum for Kernel {
    fn sum<I: Iterator<Item = Self>>(kernels: I) -> Self {
        kernels.fold(Self::default(), Add::add)
    }
}

/// `tokens` vectors times a weight matrix of `parameters` elements of `weight_bits`; the weights are read once.
#[must_use]
pub fn dense(tokens: u64, parameters: u64, weight_bits: u64) -> Kernel {
    if tokens == 0 {
        return Kernel::default();
    }
    Kernel { flops: 2 * tokens * parameters, bytes: (parameters * weight_bits).div_ceil(8) }
}

/// Gate, up and down of every expert that has tokens: its three matrices once, its tokens' inputs, intermediates and outputs.
#[must_use]
pub fn grouped_gemm(tokens_per_expert: &[u32], hidden: u64, intermediate: u64, weight_bits: u64) -> Kernel {
    let of_expert = |&tokens: &u32| {
        let tokens = u64::from(tokens);
        let activations = tokens * (2 * hidden + 3 * intermediate) * ACTIVATION_BYTES;
        dense(tokens, 3 * hidden * intermediate, weight_bits) + Kernel { flops: 0, bytes: activations }
    };
    tokens_per_expert.iter().map(of_expert).sum()
}

/// Decode attention of one token per request over `kv_tokens` cached tokens each (window-limited): q.K^T and p.V for every
/// query head, K and V read once per KV head.
#[must_use]
pub fn decode_attention(
    kv_tokens: impl IntoIterator<Item = u32>,
    query_heads: u64,
    kv_heads: u64,
    head_dim: u64,
    element_bytes: u64,
) -> Kernel {
    let tokens: u64 = kv_tokens.into_iter().map(u64::from).sum();
    Kernel {
        flops: 4 * tokens * query_heads * head_dim,
        bytes: 2 * tokens * kv_heads * head_dim * element_bytes,
    }
}

/// One step of a gated delta rule: the state [value_heads x key_dim x value_dim] of each request is read, decayed, corrected by
/// one outer product, queried, and written back (3 multiply-adds per state element).
#[must_use]
pub fn gated_delta_net(
    requests: u64,
    value_heads: u64,
    key_dim: u64,
    value_dim: u64,
    state_element_bytes: u64,
) -> Kernel {
    let state = requests * value_heads * key_dim * value_dim;
    Kernel { flops: 6 * state, bytes: 2 * state * state_element_bytes }
}

/// An elementwise kernel whose operands are on chip.
#[must_use]
pub fn elementwise(elements: u64, flops_per_element: u64) -> Kernel {
    Kernel { flops: elements * flops_per_element, bytes: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_expert_costs_nothing_and_a_busy_one_its_three_matrices() {
        assert_eq!(grouped_gemm(&[0, 0], 2048, 768, 16), Kernel::default());
        let one = grouped_gemm(&[0, 1], 2048, 768, 16);
        assert_eq!(one.flops, 2 * 3 * 2048 * 768);
        assert_eq!(one.bytes, 3 * 2048 * 768 * 2 + (2 * 2048 + 3 * 768) * 2);
    }

    #[test]
    fn attention_reads_each_kv_head_once() {
        let kernel = decode_attention([1000, 24], 32, 4, 128, 2);
        assert_eq!(kernel.bytes, 1024 * 2048);
        assert_eq!(kernel.flops, 4 * 1024 * 32 * 128);
    }
}
