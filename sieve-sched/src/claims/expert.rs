//! An expert alone.

use pim_dram::device::Device;
use serde::{Deserialize, Serialize};

use super::target::Span;
use crate::config::{Config, ConfigError};
use crate::expert::ExpertReport;

/// Of an expert of a model on PIM and on the GPU, one token.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expert {
    /// Its time on PIM in a stream of experts, simulated.
    pub pim_ns: f64,
    /// The same by the roofline.
    pub roofline_ns: f64,
    /// Bytes of its weights / bandwidth of HBM.
    pub load_ns: f64,
}

impl Expert {
    /// Simulates it.
    ///
    /// # Errors
    /// A device without units, a matrix that cannot be placed.
    pub fn of(config: &Config) -> Result<Self, ConfigError> {
        let invalid = |error: &dyn std::error::Error| ConfigError::Invalid(error.to_string());
        let device = Device::new(&config.system.pim).map_err(|e| invalid(&e))?;
        let report = ExpertReport::new(&device, &config.model, 1).map_err(|e| invalid(&e))?;
        let bytes = config.model.expert_bytes() as f64;
        Ok(Self {
            pim_ns: report.time_ns,
            roofline_ns: report.roofline_ns,
            load_ns: 1e9 * bytes / config.system.gpu.hbm_bytes_per_s as f64,
        })
    }

    pub(super) fn over_roofline(self) -> Span {
        Span::of(self.pim_ns / self.roofline_ns)
    }

    pub(super) fn break_even(self) -> Span {
        Span::of(self.load_ns / self.pim_ns)
    }
}
