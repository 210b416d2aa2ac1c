//! CENT against measured GPUs as the context grows.

use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::cent::block::Block;
use crate::cent::{Arrangement, Assumptions};
use crate::presets::Presets;
use crate::rows::{Compared, Measured, RowsQuantity};

/// Tokens a second of a pipeline of whole blocks over those of the GPUs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CentContexts {
    device: String,
    model: String,
    devices: u32,
    channels: u32,
    /// Embedding, input and output of a token.
    outside_ms: f64,
    contexts: Vec<Context>,
    quantity: RowsQuantity,
}

/// A context of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// Its name.
    name: String,
    /// Tokens in the middle of the answer.
    length: u32,
    /// What the GPUs were measured at.
    gpu_tokens_per_s: f64,
    /// The published quotient.
    ratio: f64,
}

impl CentContexts {
    pub(super) fn take(&self, presets: &Presets) -> Result<Measured, MeasureError> {
        let device = presets.device(&self.device, None)?;
        let assumptions = Assumptions::shipped()?;
        let model = assumptions.model(&self.model)?.clone();
        let (devices, channels, pipeline) = (self.devices, self.channels, model.blocks);
        let place = Arrangement { model, devices, pipeline, tensor: 1, channels };
        let compared: Result<Vec<_>, MeasureError> = self
            .contexts
            .iter()
            .map(|context| {
                let pim_ns = Block::new(&place, context.length).ns(&device)?;
                let around_ns = assumptions.around_ns(&place, context.length);
                let blocks = f64::from(pipeline);
                let token_s = (pim_ns + around_ns) / 1e9 * blocks + self.outside_ms / 1e3;
                let ours = blocks / token_s / context.gpu_tokens_per_s;
                Ok(Compared { name: context.name.clone(), published: context.ratio, ours })
            })
            .collect();
        Ok(self.quantity.of(compared?))
    }
}
