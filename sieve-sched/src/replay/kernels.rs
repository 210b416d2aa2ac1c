//! GPU kernels of a layer, and the units that they hold.

use gpu_model::{
    Activations, AttentionShape, DeltaNetShape, Kind, Launch, Law, decode_attention, dense_gemm,
    elementwise, gated_delta_net, grouped_gemm, launch,
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

/// Kernels one after another.
pub type Launches = SmallVec<[Launch; 2]>;

/// Builds the kernels of one model. Activations stay on chip but for those of experts, whose intermediates the paper counts
/// among the bytes that cross HBM.
#[derive(Clone, Debug)]
pub struct Kernels<'a> {
    /// The model.
    pub model: &'a ModelSpec,
    /// The law of the GPU.
    pub law: Law,
}

impl Kernels<'_> {
    /// Projections into attention.
    #[must_use]
    pub fn input_projections(&self, attention: &Attention, requests: u32) -> Launches {
        self.dense(requests, attention.projections(self.model.hidden).input)
    }

    /// Projection out of attention, and the router.
    #[must_use]
    pub fn output_projection_and_router(&self, attention: &Attention, requests: u32) -> Launches {
        let output = attention.projections(self.model.hidden).output;
        let mut launches = self.dense(requests, output);
        launches.extend(self.dense(requests, self.model.router()));
        launches
    }

    /// Language-model head.
    #[must_use]
    pub fn lm_head(&self, requests: u32) -> Launches {
        self.dense(requests, self.model.lm_head())
    }

    fn dense(&self, tokens: u32, matrix: Matrix) -> Launches {
        let Matrix { rows, columns } = matrix;
        let work = dense_gemm(tokens, rows, columns, self.model.weight_bits, Activations::OnChip);
        smallvec![Launch::new(Kind::DenseGemm, work, [tokens])]
    }

    /// Attention on the GPU: over the cache, or over the recurrent state.
    #[must_use]
    pub fn attention(&self, attention: &Attention, kv_tokens: &[u32]) -> Launches {
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
                let work = gated_delta_net(shape, requests, Activations::OnChip);
                smallvec![Launch::new(Kind::Elementwise, work, [requests])]
            }
            Attention::GroupedQuery { query_heads, kv_heads, head_dim, .. } => {
                let element_bytes = self.model.kv_bits.div_ceil(8);
                let shape = AttentionShape { query_heads, kv_heads, head_dim, element_bytes };
                let read = kv_tokens.iter().map(|&tokens| attention.kv_tokens_read(tokens));
                let work = decode_attention(shape, read, Activations::OnChip);
                let requests = kv_tokens.iter().map(|_| 1);
                smallvec![Launch::new(Kind::DecodeAttention, work, requests)]
            }
        }
    }

    /// Softmax of the scores that PIM brings, one per cached token and query head.
    #[must_use]
    pub fn softmax(&self, attention: &Attention, kv_tokens: &[u32]) -> Launches {
        let Attention::GroupedQuery { query_heads, .. } = *attention else {
            return Launches::new();
        };
        let read = kv_tokens.iter().map(|&tokens| u64::from(attention.kv_tokens_read(tokens)));
        small(read.sum::<u64>() * u64::from(query_heads), FLOPS_PER_ELEMENT)
    }

    /// Experts on the GPU.
    #[must_use]
    pub fn experts(&self, tokens: &[u32]) -> Launches {
        let m = self.model;
        let activations = Activations::InHbm { element_bytes: ELEMENT_BYTES };
        let e = &m.experts;
        let work = grouped_gemm(tokens, m.hidden, e.intermediate, e.weight_bits, activations);
        smallvec![Launch::new(Kind::GroupedGemm, work, tokens.iter().copied())]
    }

    /// Between the two products of experts on PIM: partial sums of the first, then the activation function.
    #[must_use]
    pub fn activation(&self, tokens: u64, partial_sums: u32) -> Launches {
        let outputs = 2 * tokens * u64::from(self.model.experts.intermediate);
        small(outputs, FLOPS_PER_ELEMENT + partial_sums)
    }

    /// Weighted sum of what the experts of so many (token, expert) pairs made, and partial sums of the second product.
    #[must_use]
    pub fn weighted_sum(&self, pairs: u64, partial_sums: u32) -> Launches {
        small(pairs * u64::from(self.model.hidden), 2 + partial_sums)
    }

    /// Kernels on the GPU's main stream.
    #[must_use]
    pub fn on_gpu(&self, launches: &[Launch]) -> Takes {
        Takes::Kernel { compute: self.law.pace(launches), bytes: launch::total(launches).bytes }
    }

    /// Small kernels beside it.
    #[must_use]
    pub fn on_vector(&self, launches: &[Launch]) -> Takes {
        hold(Unit::Vector, self.law.pace(launches))
    }
}

/// The same operations on each of `elements` that stay on chip.
fn small(elements: u64, flops_per_element: u32) -> Launches {
    let work = elementwise(elements, flops_per_element, 0);
    smallvec![Launch::new(Kind::Elementwise, work, [u32::from(elements > 0)])]
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
