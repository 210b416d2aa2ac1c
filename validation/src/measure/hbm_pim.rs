//! A kernel on the units of HBM-PIM, and a host that streams the same data.

use pim_dram::device::Device;
use pim_dram::layout::Matrix;
use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::peers::hbm_pim::{self, Kernel, Phase};
use crate::peers::{Peer, Product};
use crate::presets::Presets;

/// A kernel on all channels of a device, kernel and stream as the front end of PIMSimulator issues them. The stream moves
/// every operand and every result once over the data buses; its host computes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HbmPim {
    device: String,
    kernel: MicroKernel,
    /// Whether the device refreshes.
    refresh: bool,
    quantity: HbmPimQuantity,
}

/// What is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HbmPimQuantity {
    /// Cycles of the stream.
    StreamCycles,
    /// The same over the cycles of the kernel.
    StreamOverKernel,
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

impl HbmPim {
    pub(super) fn take(&self, presets: &Presets) -> Result<f64, MeasureError> {
        let spec = Peer::refreshing(presets.spec(&self.device)?, Some(self.refresh));
        let device = Device::new(&spec)?;
        let channels = spec.geometry.total_pseudo_channels();
        let phases = self.kernel.phases(&device, channels);
        let stream = hbm_pim::host(&device, &phases, &mut ())? as f64;
        Ok(match self.quantity {
            HbmPimQuantity::StreamCycles => stream,
            HbmPimQuantity::StreamOverKernel => {
                stream / self.kernel.cycles(&device, channels)? as f64
            }
        })
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

    /// What the host moves in a pseudo-channel. PIMSimulator's host reads the vector and writes the result of a product again.
    fn phases(&self, device: &Device, channels: u32) -> Vec<Phase> {
        let bytes = u64::from(device.pim.element_bytes);
        let burst = u64::from(device.spec.geometry.burst_bytes);
        let bursts = |n: u64| (n * bytes).div_ceil(burst).div_ceil(channels.into());
        match *self {
            Self::Gemv { outputs, inputs } => {
                let (rows, columns) = (u64::from(outputs), u64::from(inputs));
                let (vector, result) = (bursts(columns), bursts(rows));
                let first = Phase::Read(bursts(rows * columns) + vector);
                vec![first, Phase::Write(result), Phase::Read(vector), Phase::Write(result)]
            }
            Self::Elementwise { kernel, elements } => {
                let vector = bursts(elements);
                vec![Phase::Read(u64::from(kernel.operands()) * vector), Phase::Write(vector)]
            }
        }
    }
}
