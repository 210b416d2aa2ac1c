//! One new token for each request of a batch through a dense model on GPUs that share every matrix, by the roofline.

use gpu_model::{Activations, AttentionShape, GpuSpec, Roofline, decode_attention, dense_gemm};
use serde::{Deserialize, Serialize};
use sieve_sched::config::load;

use super::MeasureError;
use crate::cent::{Assumptions, HEAD};

/// Tokens a second; what GPUs send each other is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DenseDecode {
    gpu: String,
    gpus: u32,
    model: String,
    requests: u32,
    /// Tokens that each attends to.
    context: u32,
}

/// Of weights, activations and cache: bf16.
const BYTES: u32 = 2;

impl DenseDecode {
    pub(super) fn take(&self) -> Result<f64, MeasureError> {
        let gpu: GpuSpec = load("GPU", &self.gpu, gpu_model::PRESETS)?;
        let roofline = Roofline::new(&gpu)?;
        let assumptions = Assumptions::shipped()?;
        let model = assumptions.model(&self.model)?;
        let activations = Activations::InHbm { element_bytes: BYTES };
        let [heads, kv_heads, ffn] =
            [model.heads, model.kv_heads, model.ffn].map(|all| all / self.gpus);
        let product = |outputs, inputs| {
            roofline.time(dense_gemm(self.requests, outputs, inputs, 8 * BYTES, activations))
        };
        let shape =
            AttentionShape { query_heads: heads, kv_heads, head_dim: HEAD, element_bytes: BYTES };
        let contexts = (0..self.requests).map(|_| self.context);
        let block = product((heads + 2 * kv_heads) * HEAD, model.dim)
            + roofline.time(decode_attention(shape, contexts, activations))
            + product(model.dim, heads * HEAD)
            + product(2 * ffn, model.dim)
            + product(model.dim, ffn);
        let step = block.as_ticks() as f64 / 1e15 * f64::from(model.blocks);
        Ok(f64::from(self.requests) / step)
    }
}
