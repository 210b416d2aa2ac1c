//! A point, computed.

use std::collections::BTreeMap;

use pim_dram::device::Device;
use pim_dram::gemv::Gemv;
use pim_dram::layout::Matrix;
use serde_json::{Value, json};

use super::inputs::{Inputs, Product};
use super::store::Outcome;
use crate::config::{Config, ConfigError};
use crate::report::{ProductReport, Summary};
use crate::run;

impl Inputs {
    /// Simulates the point. Numbers that contradict each other are an outcome, with the reason.
    ///
    /// # Errors
    /// Files that cannot be read.
    pub(super) fn compute(&self) -> Result<Outcome, ConfigError> {
        let result = match self {
            Self::Gemv(product) => product.compute().map_err(ConfigError::Invalid),
            Self::Replay(config) => replay(config),
        };
        match result {
            Ok(result) => Ok(Outcome::Done(result)),
            Err(ConfigError::Invalid(reason)) => Ok(Outcome::Impossible(reason)),
            Err(error) => Err(error),
        }
    }
}

impl Product {
    /// As `sieve gemv` prints it.
    fn compute(&self) -> Result<Value, String> {
        let device = Device::new(&self.device).map_err(|error| error.to_string())?;
        let all = device.spec.geometry.channels;
        let channels = self.channels.unwrap_or(all);
        if channels > all {
            return Err(format!("channels: {channels}; the device has {all}"));
        }
        let matrix = Matrix { outputs: self.outputs, inputs: self.inputs };
        let order = self.order.as_deref().map(str::parse).transpose();
        let order = order.map_err(|error| format!("order: {error}"))?;
        let gemv = Gemv::simulate(&device, matrix, self.tokens, channels, order)
            .map_err(|error| error.to_string())?;
        let report = ProductReport::new(&device, &gemv, self.tokens, self.peak);
        serde_json::to_value(report).map_err(|error| error.to_string())
    }
}

/// The one point of a configuration as `sieve replay` sums it up, and what a sweep adds.
fn replay(config: &Config) -> Result<Value, ConfigError> {
    if config.run.batches.len() * config.run.methods.len() != 1 {
        return Err(ConfigError::Invalid(
            "run.batches, run.methods: a point is one batch under one method; make `batch` and `method` axes"
                .to_owned(),
        ));
    }
    let results = run::run(config, &|| {})?;
    let summary = Summary::new(&[results]);
    let points = summary.models.iter().flat_map(|model| model.points.iter().zip([model]));
    let result = points.map(|(point, model)| {
        let busy: BTreeMap<_, _> = point.busy_shares().into_iter().collect();
        let pim = &config.system.pim;
        json!({
            "point": point,
            "busy_share": busy,
            "warnings": model.warnings,
            "capacity_bytes": pim.geometry.capacity_bytes(),
            "capacity_lost_share": pim.budgets.as_ref().and_then(|budgets| budgets.capacity_lost_share),
        })
    });
    Ok(result.collect::<Vec<_>>().pop().unwrap_or_default())
}
