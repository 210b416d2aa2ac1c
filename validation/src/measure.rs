//! What a claim is compared with: a kind of measurement and its parameters, one file each kind.
//!
//! A measurement is a pure function of its parameters and the presets.

mod expert;
mod gpu_kernels;
mod gpu_layer;
mod paper;
mod peak;
mod peer;
mod row;
mod row_stream;
mod size;
mod timing;

use pim_dram::device::DeviceError;
use pim_dram::layout::LayoutError;
use serde::{Deserialize, Serialize};
use sieve_sched::config::ConfigError;
use thiserror::Error;

use crate::golden::TableError;
use crate::peers::PeerError;
use crate::presets::Presets;
use crate::rows::Measured;

pub use expert::ExpertOverRoofline;
pub use gpu_kernels::GpuKernels;
pub use gpu_layer::GpuLayer;
pub use paper::Paper;
pub use peak::{Peak, PeakQuantity};
pub use peer::PeerTable;
pub use row::{Row, RowQuantity};
pub use row_stream::{RowStream, RowStreamQuantity};
pub use size::{Size, SizeQuantity};
pub use timing::Timing;

/// A measurement, as claims name it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// A size of a device.
    Size(Size),
    /// A peak rate of a device.
    Peak(Peak),
    /// Distances between commands when PIM works on one DRAM row.
    Row(Row),
    /// Rows streamed one after the other through the PIM units.
    RowStream(RowStream),
    /// Time of an expert over its roofline time.
    ExpertOverRoofline(ExpertOverRoofline),
    /// Timing parameters of a device.
    Timing(Timing),
    /// Runs of another simulator.
    PeerTable(PeerTable),
    /// Kernels that were measured on GPUs.
    GpuKernels(GpuKernels),
    /// Decoder layers that were measured on a GPU.
    GpuLayer(GpuLayer),
    /// A figure by which a claim of the paper on Sieve is judged.
    Paper(Paper),
}

/// A measurement that cannot be made.
#[derive(Debug, Error)]
pub enum MeasureError {
    /// A preset that does not exist or parse.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A device whose numbers contradict each other.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A matrix that cannot be placed.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A product that a peer cannot run.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// A law of a GPU that is none.
    #[error(transparent)]
    GpuLaw(#[from] gpu_model::InvalidLaw),
    /// Measured kernels that do not parse.
    #[error("measured kernels: {0}")]
    Kernels(#[from] gpu_model::calibrate::TableError),
    /// A transcribed table that does not parse.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A row of a transcribed table that cannot be run.
    #[error("golden table: {0}")]
    Golden(String),
    /// Kept results that do not parse or lack a figure.
    #[error("kept results: {0}")]
    Kept(String),
}

impl MeasureError {
    /// What is wrong with a row of a transcribed table.
    pub(crate) fn golden(error: impl ToString) -> Self {
        Self::Golden(error.to_string())
    }
}

impl Measure {
    /// Measures on the devices of `presets`.
    ///
    /// # Errors
    /// Unknown presets, devices and matrices that cannot be simulated.
    pub fn take(&self, presets: &Presets) -> Result<Measured, MeasureError> {
        Ok(match self {
            Self::Size(size) => size.take(presets)?.into(),
            Self::Peak(peak) => peak.take(presets)?.into(),
            Self::Row(row) => row.take(presets)?.into(),
            Self::RowStream(stream) => stream.take(presets)?.into(),
            Self::ExpertOverRoofline(expert) => expert.take(presets)?.into(),
            Self::Timing(timing) => timing.take(presets)?,
            Self::PeerTable(table) => table.take(presets)?,
            Self::GpuKernels(kernels) => kernels.take()?,
            Self::GpuLayer(layer) => layer.take()?,
            Self::Paper(figure) => figure.take()?,
        })
    }
}
