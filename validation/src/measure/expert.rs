//! Time of an expert on PIM over its roofline time.

use pim_dram::spec::Activation;
use serde::{Deserialize, Serialize};
use sieve_sched::config::load;
use sieve_sched::expert::ExpertReport;
use workloads::ModelSpec;

use super::MeasureError;
use crate::presets::Presets;

/// Mean time of an expert in a steady stream of experts over weight bytes / internal bandwidth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpertOverRoofline {
    device: String,
    model: String,
    activation: Activation,
    tokens: u32,
}

impl ExpertOverRoofline {
    pub(super) fn take(&self, presets: &Presets) -> Result<f64, MeasureError> {
        let device = presets.device(&self.device, Some(self.activation))?;
        let model: ModelSpec = load("model", &self.model, workloads::model::PRESETS)?;
        Ok(ExpertReport::new(&device, &model, self.tokens)?.time_over_roofline)
    }
}
