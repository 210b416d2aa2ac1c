//! GPU kernels of a layer, and the units that they hold.

use gpu_model::{
    Activations, AttentionShape, DeltaNetShape, Kernel, Roofline, decode_attention, dense_gemm,
    elementwise, gated_delta_net, grouped_gemm,
};
use smallvec::{SmallVec, smallvec};
use workloads::ModelSpec;
use workloads::model::{Attention, Matrix};

use crate::replay::graph::{Takes, Unit, Use};
use crate::time::Femtos;

/// Bytes of an activation as it travels between GPUs: bf16.
pub const ELEMENT_BYTES: u32 = 2;

/// Operations of softmax, SwiGLU or a normalisation per element: an exponential or a root and a few multiplies.
const FLOPS_PER_ELEMENT: u32 = 8;

/// Builds the kernels of one model. Activations stay on chip but for those of experts, whose intermediates the paper counts
/// among the bytes that cross HBM.
#[derive(Clone, Copy, Debug)]
pub struct Kernels<'a> {
    /// The model.
    pub model: &'a ModelSpec,
    /// The law of the GPU.
    pub law: Roofline,
}

impl Kernels<'_> {
    /// Projections into attention.
    #[must_use]
    pub fn input_projections(&self, attention: &Attention, requests: u32) -> Kernel {
        self.dense(requests, attention.projections(self.model.hidden).input)
    }

    /// Projection out of attention, and the router.
    #[must_use]
    pub fn output_projection_and_router(&self, attention: &Attention, requests: u32) -> Kernel {
        let output = attention.projections(self.model.hidden).output;
        self.dense(requests, output) + self.dense(requests, self.model.router())
    }

    /// Language-model head.
    #[must_use]
    pub fn lm_head(&self, requests: u32) -> Kernel {
        self.dense(requests, self.model.lm_head())
    }

    fn dense(&self, tokens: u32, matrix: Matrix) -> Kernel {
        let Matrix { rows, columns } = matrix;
        dense_gemm(tokens, rows, columns, self.model.weight_bits, Activations::OnChip)
    }

    /// Attention on the GPU: over the cache, or over the recurrent state.
    #[must_use]
    pub fn attention(&self, attention: &Attention, kv_tokens: &[u32]) -> Kernel {
        match *attention {
            Attention::GatedDeltaNet {
                key_heads,
                value_heads,
                key_dim,
                value_dim,
                state_bits,
                ..
            } => {
                let state_element_bytes = state_bits.div_ceil(8);
                let shape = DeltaNetShape {
                    key_heads,
                    value_heads,
                    key_dim,
                    value_dim,
                    state_element_bytes,
                };
                let requests = u32::try_from(kv_tokens.len()).unwrap_or(u32::MAX);
                gated_delta_net(shape, requests, Activations::OnChip)
            }
            Attention::GroupedQuery { query_heads, kv_heads, head_dim, .. } => {
                let element_bytes = self.model.kv_bits.div_ceil(8);
                let shape = AttentionShape { query_heads, kv_heads, head_dim, element_bytes };
                let read = kv_tokens.iter().map(|&tokens| attention.kv_tokens_read(tokens));
                decode_attention(shape, read, Activations::OnChip)
            }
        }
    }

    /// Softmax of the scores that PIM brings, one per cached token and query head.
    #[must_use]
    pub fn softmax(&self, attention: &Attention, kv_tokens: &[u32]) -> Kernel {
        let Attention::GroupedQuery { query_heads, .. } = *attention else {
            return Kernel::default();
        };
        let read = kv_tokens.iter().map(|&tokens| u64::from(attention.kv_tokens_read(tokens)));
        elementwise(read.sum::<u64>() * u64::from(query_heads), FLOPS_PER_ELEMENT, 0)
    }

    /// Experts on the GPU.
    #[must_use]
    pub fn experts(&self, tokens: &[u32]) -> Kernel {
        let m = self.model;
        let activations = Activations::InHbm { element_bytes: ELEMENT_BYTES };
        grouped_gemm(tokens, m.hidden, m.experts.intermediate, m.experts.weight_bits, activations)
    }

    /// Between the two products of experts on PIM: partial sums of the first, then the activation function.
    #[must_use]
    pub fn activation(&self, tokens: u64, partial_sums: u32) -> Kernel {
        let outputs = 2 * tokens * u64::from(self.model.experts.intermediate);
        elementwise(outputs, FLOPS_PER_ELEMENT + partial_sums, 0)
    }

    /// Weighted sum of what the experts of so many (token, expert) pairs made, and partial sums of the second product.
    #[must_use]
    pub fn weighted_sum(&self, pairs: u64, partial_sums: u32) -> Kernel {
        elementwise(pairs * u64::from(self.model.hidden), 2 + partial_sums, 0)
    }

    /// A kernel on the GPU's main stream.
    #[must_use]
    pub fn on_gpu(&self, kernel: Kernel) -> Takes {
        Takes::Kernel { compute: self.law.compute_time(kernel.flops), bytes: kernel.bytes }
    }

    /// A small kernel beside it.
    #[must_use]
    pub fn on_vector(&self, kernel: Kernel) -> Takes {
        hold(Unit::Vector, self.law.compute_time(kernel.flops))
    }
}

/// One unit for a given time.
#[must_use]
pub fn hold(unit: Unit, busy: Femtos) -> Takes {
    Takes::Uses(smallvec![Use { unit, busy }])
}

/// A meeting point of dependencies.
#[must_use]
pub fn meet() -> Takes {
    Takes::Uses(SmallVec::new())
}
