//! Whole decoder layers that were measured, against the sum of their kernels.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::golden;
use crate::rows::{Compared, Measured, RowsQuantity};

/// What the kernels of a layer take one by one, as the model of a GPU adds them up, against what they take as one CUDA graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GpuLayer {
    /// Requests, one token each.
    batches: Vec<u32>,
    quantity: RowsQuantity,
}

/// A row of the table, of which more columns say on what and how it was measured.
#[derive(Debug, Deserialize)]
struct Row {
    model: String,
    kernel: String,
    batch: u32,
    latency_us: f64,
}

const TABLE: &str = include_str!("../../../gpu-model/tests/data/h100_torch_layer.csv");

/// What the table calls all kernels together.
const WHOLE: &str = "layer";

impl GpuLayer {
    pub(super) fn take(&self) -> Result<Measured, MeasureError> {
        let mut layers: BTreeMap<(String, u32), Compared> = BTreeMap::new();
        for Row { model, kernel, batch, latency_us } in golden::parse::<Row>(TABLE)? {
            let name = format!("{model}, {batch} requests");
            let layer = layers.entry((model, batch)).or_insert(Compared {
                name,
                published: f64::NAN,
                ours: 0.0,
            });
            if kernel == WHOLE {
                layer.published = latency_us;
            } else {
                layer.ours += latency_us;
            }
        }
        layers.retain(|(_, batch), _| self.batches.contains(batch));
        Ok(self.quantity.of(layers.into_values().collect()))
    }
}
