//! Peak rates of a device.

use gpu_model::GpuSpec;
use pim_dram::peaks::Peaks;
use serde::{Deserialize, Serialize};
use sieve_sched::config::load;

use super::MeasureError;
use crate::presets::Presets;

/// A peak rate of a device preset, or a quotient of two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peak {
    device: String,
    quantity: PeakQuantity,
}

/// Which rate. Bandwidths are in bytes / s.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeakQuantity {
    /// Of the data bus of one pseudo-channel.
    ExternalBandwidthPerPseudoChannel,
    /// Of all data buses.
    ExternalBandwidth,
    /// Of all banks to their PIM units.
    InternalBandwidth,
    /// Quotient of the last two.
    InternalOverExternal,
    /// Of the banks of one pseudo-channel to their PIM units.
    InternalBandwidthPerPseudoChannel,
    /// Operations / s of so many PIM units.
    PimOpsOf {
        /// How many.
        units: u32,
    },
    /// Internal bandwidth over the HBM bandwidth in a GPU's data sheet.
    InternalOverNominal {
        /// GPU preset.
        gpu: String,
    },
    /// Internal bandwidth over another one.
    InternalOver {
        /// That one.
        bytes_per_s: u64,
    },
    /// Operations / s of all PIM units, a multiply-accumulate being two.
    PimOps,
    /// Operations for each byte that a PIM unit reads.
    OpsPerByte,
    /// Multiply-accumulates of a unit on one burst.
    MacsPerBurst,
}

impl Peak {
    pub(super) fn take(&self, presets: &Presets) -> Result<f64, MeasureError> {
        let device = presets.device(&self.device, None)?;
        let peaks = Peaks::of(&device);
        let geometry = &device.spec.geometry;
        let ops_per_byte = peaks.pim_ops_per_s / peaks.internal_bytes_per_s;
        Ok(match &self.quantity {
            PeakQuantity::ExternalBandwidthPerPseudoChannel => {
                peaks.external_bytes_per_s_per_pseudo_channel
            }
            PeakQuantity::ExternalBandwidth => peaks.external_bytes_per_s,
            PeakQuantity::InternalBandwidth => peaks.internal_bytes_per_s,
            PeakQuantity::InternalOverExternal => {
                peaks.internal_bytes_per_s / peaks.external_bytes_per_s
            }
            PeakQuantity::InternalBandwidthPerPseudoChannel => {
                peaks.internal_bytes_per_s / f64::from(geometry.total_pseudo_channels())
            }
            PeakQuantity::PimOpsOf { units } => {
                peaks.pim_ops_per_s * f64::from(*units) / f64::from(device.pim.units(geometry))
            }
            PeakQuantity::InternalOverNominal { gpu } => {
                let gpu: GpuSpec = load("GPU", gpu, gpu_model::PRESETS)?;
                peaks.internal_bytes_per_s / gpu.hbm_bytes_per_s as f64
            }
            PeakQuantity::InternalOver { bytes_per_s } => {
                peaks.internal_bytes_per_s / *bytes_per_s as f64
            }
            PeakQuantity::PimOps => peaks.pim_ops_per_s,
            PeakQuantity::OpsPerByte => ops_per_byte,
            PeakQuantity::MacsPerBurst => {
                ops_per_byte * f64::from(device.spec.geometry.burst_bytes) / 2.0
            }
        })
    }
}
