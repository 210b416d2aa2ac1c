//! Peak rates of one stack of a device.

use pim_dram::device::Device;
use pim_dram::peaks::Peaks;
use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::presets::Presets;

/// A rate of a stack, in bytes or operations a second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stack {
    device: String,
    /// Stacks that the device's channels belong to.
    stacks: u32,
    quantity: StackQuantity,
}

/// Which rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StackQuantity {
    /// Of the data buses.
    ExternalBandwidth,
    /// Of the banks to the units, at the device's own timing.
    InternalBandwidth,
    /// The same if each unit took a burst every clock of its own.
    InternalBandwidthAt {
        /// Clock of the units.
        unit_hz: u64,
    },
    /// Operations of all units if each took a burst every clock of its own, a multiply-accumulate being two.
    PimOpsAt {
        /// Clock of the units.
        unit_hz: u64,
    },
}

impl Stack {
    pub(super) fn take(&self, presets: &Presets) -> Result<f64, MeasureError> {
        let device = presets.device(&self.device, None)?;
        let peaks = Peaks::of(&device);
        let all = match self.quantity {
            StackQuantity::ExternalBandwidth => peaks.external_bytes_per_s,
            StackQuantity::InternalBandwidth => peaks.internal_bytes_per_s,
            StackQuantity::InternalBandwidthAt { unit_hz } => {
                let burst = f64::from(device.spec.geometry.burst_bytes);
                units(&device) * burst * unit_hz as f64
            }
            StackQuantity::PimOpsAt { unit_hz } => {
                2.0 * units(&device) * f64::from(device.pim.lanes) * unit_hz as f64
            }
        };
        Ok(all / f64::from(self.stacks))
    }
}

fn units(device: &Device) -> f64 {
    f64::from(device.pim.units(&device.spec.geometry))
}
