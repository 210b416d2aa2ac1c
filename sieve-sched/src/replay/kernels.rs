//! GPU kernels of a layer, and the units that they hold.

use gpu_model::{
    Activations, AttentionShape, DeltaNetShape, Kernel, LatentShape, Roofline, decode_attention,
    decode_latent, dense_gemm, elementwise, gated_delta_net, grouped_gemm,
};
use smallvec::{SmallVec, smallvec};
use workloads::ModelSpec;
use workloads::model::{Attention, Matrix, WeightFormat};

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
        self.all_dense(requests, &attention.projections(self.model.hidden).input)
    }

    /// Projections out of attention.
    #[must_use]
    pub fn output_projections(&self, attention: &Attention, requests: u32) -> Kernel {
        self.all_dense(requests, &attention.projections(self.model.hidden).output)
    }

    /// Projections out of attention, and the router.
    #[must_use]
    pub fn output_projections_and_router(&self, attention: &Attention, requests: u32) -> Kernel {
        self.output_projections(attention, requests) + self.dense(requests, self.model.router())
    }

    /// Feed-forward network of a layer without experts.
    #[must_use]
    pub fn dense_ffn(&self, intermediate: u32, requests: u32) -> Kernel {
        self.all_dense(requests, &self.model.dense_matrices(intermediate))
    }

    /// Language-model head.
    #[must_use]
    pub fn lm_head(&self, requests: u32) -> Kernel {
        self.dense(requests, self.model.lm_head())
    }

    fn all_dense(&self, tokens: u32, matrices: &[Matrix]) -> Kernel {
        matrices.iter().map(|&matrix| self.dense(tokens, matrix)).sum()
    }

    fn dense(&self, tokens: u32, matrix: Matrix) -> Kernel {
        let Matrix { rows, columns } = matrix;
        let format = self.model.weights;
        dense_gemm(tokens, rows, columns, format.traits().element_bits, Activations::OnChip)
            + scales(format, &[matrix], u64::from(tokens > 0))
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
            Attention::MultiHeadLatent {
                heads, kv_rank, nope_dim, rope_dim, value_dim, ..
            } => {
                let element_bytes = self.model.kv_bits.div_ceil(8);
                let shape =
                    LatentShape { heads, kv_rank, nope_dim, rope_dim, value_dim, element_bytes };
                decode_latent(shape, kv_tokens.iter().copied(), Activations::OnChip)
            }
        }
    }

    /// Softmax of the scores that PIM brings, one per cached token and query head, each in so many partial sums.
    #[must_use]
    pub fn softmax(&self, attention: &Attention, kv_tokens: &[u32], partial_sums: u32) -> Kernel {
        let heads = match *attention {
            Attention::GroupedQuery { query_heads, .. } => query_heads,
            Attention::MultiHeadLatent { heads, .. } => heads,
            Attention::GatedDeltaNet { .. } => return Kernel::default(),
        };
        let read = kv_tokens.iter().map(|&tokens| u64::from(attention.kv_tokens_read(tokens)));
        let scores = read.sum::<u64>() * u64::from(heads);
        elementwise(scores, FLOPS_PER_ELEMENT + partial_sums - 1, 0)
    }

    /// Routed experts on the GPU, and shared ones of the same shape and format.
    #[must_use]
    pub fn experts(&self, tokens: &[u32]) -> Kernel {
        let m = self.model;
        self.grouped(tokens, m.experts.intermediate, m.experts.weights)
    }

    /// Shared experts on the GPU.
    #[must_use]
    pub fn shared_experts(&self, tokens: &[u32]) -> Kernel {
        let intermediate = self.model.shared.map_or(0, |shared| shared.intermediate);
        self.grouped(tokens, intermediate, self.model.weights)
    }

    fn grouped(&self, tokens: &[u32], intermediate: u32, format: WeightFormat) -> Kernel {
        let activations = Activations::InHbm { element_bytes: ELEMENT_BYTES };
        let bits = format.traits().element_bits;
        let read = tokens.iter().filter(|&&tokens| tokens > 0).count() as u64;
        grouped_gemm(tokens, self.model.hidden, intermediate, bits, activations)
            + scales(format, &self.model.dense_matrices(intermediate), read)
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

/// Scales that are read along with weights, so many times.
fn scales(format: WeightFormat, matrices: &[Matrix], times: u64) -> Kernel {
    let bytes: u64 = matrices.iter().map(|&matrix| format.scale_bytes(matrix)).sum();
    Kernel { flops: 0, bytes: times * bytes }
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
