//! Whole decoder layers that were measured on an H100, against the sum of their parts and against what a replay charges for them.

use std::collections::BTreeMap;

use gpu_model::Law;
use gpu_model::calibrate::balanced;
use serde::{Deserialize, Serialize};
use sieve_sched::config::ConfigError;
use sieve_sched::replay::kernels::Kernels;
use workloads::ModelSpec;

use super::MeasureError;
use super::gpu_kernels::{law, us};
use crate::golden;
use crate::rows::{Compared, Measured, RowsQuantity};

/// Times of decoder layers for one token of each request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GpuLayer {
    /// Requests of a batch.
    batches: Vec<u32>,
    by: By,
    quantity: RowsQuantity,
}

/// What they are compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum By {
    /// The sum of the parts as they were measured, each by itself.
    Parts,
    /// The kernels of a replay, timed by `roofline` or the law of that name.
    Law(String),
}

/// A row of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    model: String,
    kernel: String,
    #[serde(rename = "device")]
    _device: String,
    #[serde(rename = "kernel_source")]
    _source: String,
    #[serde(rename = "dtype")]
    _format: String,
    batch: u32,
    context: u32,
    latency_us: f64,
}

const TABLE: &str = include_str!("../../../gpu-model/tests/data/h100_torch_layer.csv");

/// What the table calls all parts together.
const WHOLE: &str = "layer";

impl GpuLayer {
    pub(super) fn take(&self) -> Result<Measured, MeasureError> {
        let table: Vec<Row> = golden::parse(TABLE)?;
        let asked = || table.iter().filter(|row| self.batches.contains(&row.batch));
        let mut parts: BTreeMap<(&str, u32), f64> = BTreeMap::new();
        for row in asked().filter(|row| row.kernel != WHOLE) {
            *parts.entry((&row.model, row.batch)).or_default() += row.latency_us;
        }
        let law = match &self.by {
            By::Parts => None,
            By::Law(name) => Some(law("h100", name)?),
        };
        let wholes = asked().filter(|row| row.kernel == WHOLE).map(|row| {
            let ours = match &law {
                None => parts.get(&(row.model.as_str(), row.batch)).copied().unwrap_or(f64::NAN),
                Some(law) => row.charged(law)?,
            };
            let name = format!("{}, {} requests", row.model, row.batch);
            Ok(Compared { name, published: row.latency_us, ours })
        });
        Ok(self.quantity.of(wholes.collect::<Result<_, MeasureError>>()?))
    }
}

impl Row {
    /// What a replay charges for the layer on one GPU, one kernel after another, us.
    fn charged(&self, law: &Law) -> Result<f64, MeasureError> {
        let model = ModelSpec::preset(&self.model)
            .map_err(|error| ConfigError::Invalid(error.to_string()))?;
        let kernels = Kernels { model: &model, law: law.clone() };
        // The second layer, which attends to the whole context in every measured model.
        let attention = model.attention(1);
        let contexts = vec![self.context; self.batch as usize];
        let experts = balanced(self.batch, model.experts.count, model.experts.top_k);
        let pairs = u64::from(self.batch) * u64::from(model.experts.top_k);
        let launches = [
            kernels.input_projections(attention, self.batch),
            kernels.attention(attention, &contexts),
            kernels.output_projections_and_router(attention, self.batch),
            kernels.experts(&experts),
            kernels.weighted_sum(pairs, 1),
        ];
        Ok(launches.iter().flatten().map(|launch| us(law, launch)).sum())
    }
}
