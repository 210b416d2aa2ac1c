//! Figures of Newton's own experiment, `studies/newton.ron`.

use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::newton::Study;
use crate::newton::time::{geomean, ratio};
use crate::presets::Presets;

/// A figure over all layers, one vector each where nothing else is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Newton {
    quantity: NewtonQuantity,
}

/// Which figure; means are geometric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NewtonQuantity {
    /// Mean speed-up over the ideal host.
    OverHost,
    /// Mean speed-up over the GPU at its roofline.
    OverGpu,
    /// Vectors from which on the ideal host is no slower in the mean; no number if that is beyond all that are tried.
    HostCatchesUp,
    /// The same of the GPU.
    GpuCatchesUp,
}

impl Newton {
    pub(super) fn take(&self, presets: &Presets) -> Result<f64, MeasureError> {
        let study = Study::shipped()?;
        let mean = |of: fn(&crate::newton::tables::LayerTimes) -> f64| {
            let times = study.layers(presets)?;
            Ok::<_, MeasureError>(geomean(&times.iter().map(of).collect::<Vec<_>>()))
        };
        let vectors = |found: Option<u32>| found.map_or(f64::NAN, f64::from);
        Ok(match self.quantity {
            NewtonQuantity::OverHost => mean(|times| ratio(times.host, times.newton))?,
            NewtonQuantity::OverGpu => mean(|times| ratio(times.gpu, times.newton))?,
            NewtonQuantity::HostCatchesUp => vectors(study.catch_up(presets)?.host),
            NewtonQuantity::GpuCatchesUp => vectors(study.catch_up(presets)?.gpu),
        })
    }
}
