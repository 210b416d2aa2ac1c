//! A kernel on the units of HBM-PIM against a host that streams the same data.

use pim_dram::Ticks;
use pim_dram::device::Device;
use pim_dram::layout::Matrix;
use pim_dram::peaks::burst_interval;
use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::host_stream;
use crate::peers::hbm_pim::{self, Kernel};
use crate::peers::{Peer, Product};
use crate::presets::Presets;

/// Time in which a host reads the operands and writes the result through the data buses, over the time of the kernel on all
/// channels of a device, as the front end of PIMSimulator issues it. The host computes nothing and keeps nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PimOverStream {
    device: String,
    kernel: MicroKernel,
    stream: Stream,
}

/// What is computed, on elements of two bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MicroKernel {
    /// A matrix times a vector.
    Gemv {
        /// Rows.
        outputs: u32,
        /// Columns.
        inputs: u32,
    },
    /// Vectors, element by element.
    Elementwise {
        /// The operation.
        kernel: Kernel,
        /// Elements of each vector.
        elements: u64,
    },
}

/// The host's stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Simulated on the same device, see [`host_stream`].
    Simulated,
    /// A burst whenever the data bus is free, without refresh.
    Peak,
}

impl PimOverStream {
    pub(super) fn take(&self, presets: &Presets) -> Result<f64, MeasureError> {
        let device = presets.device(&self.device, None)?;
        let channels = device.spec.geometry.total_pseudo_channels();
        let pim = self.kernel.cycles(&device, channels)?;
        let [reads, writes] = self.kernel.bursts(&device).map(|n| n.div_ceil(channels.into()));
        let stream = match self.stream {
            Stream::Simulated => host_stream::serve(&device, reads, writes, &mut ())?,
            Stream::Peak => Ticks((reads + writes) * burst_interval(&device).0),
        };
        Ok(device.clock.clocks(stream) as f64 / pim as f64)
    }
}

impl MicroKernel {
    fn cycles(&self, device: &Device, channels: u32) -> Result<u64, MeasureError> {
        Ok(match *self {
            Self::Gemv { outputs, inputs } => {
                let matrix = Matrix { outputs, inputs };
                let product = Product { matrix, tokens: 1, channels, order: None };
                Peer::HbmPim.gemv(device, &product, &mut ())?
            }
            Self::Elementwise { kernel, elements } => {
                hbm_pim::elementwise(device, kernel, elements, channels, &mut ())?
            }
        })
    }

    /// Bursts that the host reads, and those that it writes.
    fn bursts(&self, device: &Device) -> [u64; 2] {
        let bytes = u64::from(device.pim.element_bytes);
        let bursts = |n: u64| (n * bytes).div_ceil(device.spec.geometry.burst_bytes.into());
        match *self {
            Self::Gemv { outputs, inputs } => {
                let (outputs, inputs) = (u64::from(outputs), u64::from(inputs));
                [bursts(outputs * inputs) + bursts(inputs), bursts(outputs)]
            }
            Self::Elementwise { kernel, elements } => {
                [u64::from(kernel.operands()) * bursts(elements), bursts(elements)]
            }
        }
    }
}
