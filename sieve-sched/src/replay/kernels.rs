//! GPU kernels of a layer for so many requests.

use gpu_model::kernel::{decode_attention, dense, elementwise, gated_delta_net, grouped_gemm};
use gpu_model::{Kernel, Roofline};
use smallvec::{SmallVec, smallvec};
use workloads::{Attention, ModelSpec};

use crate::replay::graph::{Takes, Unit, Use};
use crate::time::Femtos;

/// Bytes of an activation as it travels between GPUs, and of a KV element.
pub const ELEMENT_BYTES: u64 = 2;

/// Operations of softmax, SwiGLU or a normalisation per element: an exponential or root and a few multiplies.
const FLOPS_PER_ELEMENT: u64 = 8;

/// Builds the kernels of one model.
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
    pub fn input_projections(&self, kind: Attention, requests: u64) -> Kernel {
        dense(requests, self.model.input_projection_parameters(kind), self.model.weight_bits.into())
    }

    /// Projection out of attention, and the router.
    #[must_use]
    pub fn output_projection_and_router(&self, kind: Attention, requests: u64) -> Kernel {
        let parameters = self.model.output_projection_parameters(kind) + self.model.router_parameters();
        dense(requests, parameters, self.model.weight_bits.into())
    }

    /// Attention on the GPU: over the cache, or over the recurrent state.
    #[must_use]
    pub fn attention(&self, kind: Attention, kv_tokens: &[u32]) -> Kernel {
        let heads = &self.model.heads;
        match kind {
            Attention::GatedDeltaNet(net) => gated_delta_net(
                kv_tokens.len() as u64,
                net.value_heads.into(),
                net.head_dim.into(),
                net.head_dim.into(),
                ELEMENT_BYTES,
            ),
            Attention::Full | Attention::Sliding { .. } => decode_attention(
                kv_tokens.iter().map(|&tokens| kind.visible(tokens)),
                heads.query.into(),
                heads.kv.into(),
                heads.dim.into(),
                ELEMENT_BYTES,
            ),
        }
    }

    /// Softmax of the scores that PIM brings, one per cached token and query head.
    #[must_use]
    pub fn softmax(&self, kind: Attention, kv_tokens: &[u32]) -> Kernel {
        let tokens: u64 = kv_tokens.iter().map(|&tokens| u64::from(kind.visible(tokens))).sum();
        elementwise(tokens * u64::from(self.model.heads.query), FLOPS_PER_ELEMENT)
    }

    /// Experts on the GPU.
    #[must_use]
    pub fn experts(&self, tokens: &[u32]) -> Kernel {
        let m = self.model;
        grouped_gemm(tokens, m.hidden.into(), m.experts.intermediate.into(), m.experts.weight_bits.into())
    }

    /// Activation function between the two products of experts on PIM, partial sums of the first included.
    #[must_use]
    pub fn activation(&self, tokens: u64, partial_sums: u64) -> Kernel {
        let intermediate = u64::from(self.model.experts.intermediate);
        elementwise(tokens * intermediate, FLOPS_PER_ELEMENT) + elementwise(tokens * 2 * intermediate, partial_sums)
    }

    /// Weighted sum of what the experts of so many tokens made, and partial sums of the second product.
    #[must_use]
    pub fn weighted_sum(&self, pairs: u64, partial_sums: u64) -> Kernel {
        elementwise(pairs * u64::from(self.model.hidden), 2 + partial_sums)
    }

    /// Language-model head.
    #[must_use]
    pub fn lm_head(&self, requests: u64) -> Kernel {
        dense(requests, self.model.lm_head_parameters(), self.model.weight_bits.into())
    }

    /// A kernel on the GPU's main stream: it holds tensor cores and HBM, each busy for its own part.
    #[must_use]
    pub fn on_gpu(&self, kernel: Kernel) -> Takes {
        Takes::Uses(smallvec![
            Use { unit: Unit::Gpu, busy: self.law.compute_time(kernel.flops) },
            Use { unit: Unit::Hbm, busy: self.law.memory_time(kernel.bytes) },
        ])
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
