//! What a claim is compared with: a kind of measurement and its parameters, one file each kind.
//!
//! A measurement is a pure function of its parameters and the presets.

mod cent;
mod cent_contexts;
mod closed_rows;
mod command_energy;
mod dense_decode;
mod duplex;
mod duplex_serving;
mod expert;
mod gpu_kernels;
mod gpu_layer;
mod hbm_pim;
mod instructions;
mod matrix_unit;
mod newton;
mod paper;
mod peak;
mod peer;
mod row;
mod row_stream;
mod size;
mod stack;
mod timing;

use gpu_model::InvalidGpu;
use pim_dram::device::DeviceError;
use pim_dram::layout::LayoutError;
use serde::{Deserialize, Serialize};
use sieve_sched::config::ConfigError;
use thiserror::Error;

use crate::cent::CentError;
use crate::golden::TableError;
use crate::peers::PeerError;
use crate::peers::aim::instructions::InstructionError;
use crate::presets::Presets;
use crate::rows::Measured;

pub use cent::{CentBlocks, CentPart};
pub use cent_contexts::{CentContexts, Context};
pub use closed_rows::ClosedModel;
pub use command_energy::CommandEnergy;
pub use dense_decode::DenseDecode;
pub use duplex::{Duplex, DuplexQuantity};
pub use duplex_serving::DuplexServing;
pub use expert::ExpertOverRoofline;
pub use gpu_kernels::GpuKernels;
pub use gpu_layer::GpuLayer;
pub use hbm_pim::{HbmPim, HbmPimQuantity, MicroKernel};
pub use instructions::{Instructions, InstructionsQuantity};
pub use matrix_unit::{Contest, Host, MatrixUnit, OverMatrixUnit, OverMatrixUnitQuantity};
pub use newton::{Newton, NewtonQuantity};
pub use paper::Paper;
pub use peak::{Peak, PeakQuantity};
pub use peer::PeerTable;
pub use row::{Row, RowQuantity};
pub(crate) use row_stream::period;
pub use row_stream::{RowStream, RowStreamQuantity};
pub use size::{Size, SizeQuantity};
pub use stack::{Stack, StackQuantity};
pub use timing::Timing;

/// A measurement, as claims name it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// A size of a device.
    Size(Size),
    /// A peak rate of a device.
    Peak(Peak),
    /// A peak rate of one stack of a device.
    Stack(Stack),
    /// Distances between commands when PIM works on one DRAM row.
    Row(Row),
    /// Rows streamed one after the other through the PIM units.
    RowStream(RowStream),
    /// Energy of a command over that of another.
    CommandEnergy(CommandEnergy),
    /// The units of Duplex against each other.
    Duplex(Duplex),
    /// A model on GPUs with the units of Duplex, over the GPUs alone.
    DuplexServing(DuplexServing),
    /// A kernel of HBM-PIM, and a host's stream of the same data.
    HbmPim(HbmPim),
    /// Time of an expert over its roofline time.
    ExpertOverRoofline(ExpertOverRoofline),
    /// Rows in all banks by a formula, and simulated.
    ClosedModel(ClosedModel),
    /// Newton's own experiment.
    Newton(Newton),
    /// AiM instructions on one channel.
    Instructions(Instructions),
    /// Transformer blocks of CENT.
    CentBlocks(CentBlocks),
    /// CENT against measured GPUs.
    CentContexts(CentContexts),
    /// A dense model on GPUs, by the roofline.
    DenseDecode(DenseDecode),
    /// PIM against a matrix unit that reads its weights from the same memory.
    OverMatrixUnit(OverMatrixUnit),
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
    /// A GPU whose numbers contradict each other.
    #[error(transparent)]
    Gpu(#[from] InvalidGpu),
    /// A block of CENT that cannot be run.
    #[error(transparent)]
    Cent(#[from] CentError),
    /// Instructions that do not parse.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Instructions(Vec<InstructionError>),
    /// A product that a peer cannot run.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// A law of a GPU that is none.
    #[error(transparent)]
    GpuLaw(#[from] gpu_model::InvalidLaw),
    /// Measured kernels that do not parse.
    #[error("measured kernels: {0}")]
    Kernels(#[from] gpu_model::calibrate::TableError),
    /// A command that the device does not have or does not price.
    #[error("device `{device}` has no energy of a command `{command}`")]
    NoEnergy {
        /// The device.
        device: String,
        /// The command.
        command: String,
    },
    /// A shipped file that does not parse.
    #[error("{file}: {says}")]
    Shipped {
        /// The file.
        file: &'static str,
        /// Where and why.
        says: String,
    },
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
            Self::Stack(stack) => stack.take(presets)?.into(),
            Self::Row(row) => row.take(presets)?.into(),
            Self::RowStream(stream) => stream.take(presets)?.into(),
            Self::CommandEnergy(command) => command.take(presets)?.into(),
            Self::Duplex(duplex) => duplex.take()?,
            Self::DuplexServing(serving) => serving.take()?,
            Self::HbmPim(kernel) => kernel.take(presets)?.into(),
            Self::ExpertOverRoofline(expert) => expert.take(presets)?.into(),
            Self::ClosedModel(model) => model.take(presets)?,
            Self::Newton(newton) => newton.take(presets)?.into(),
            Self::Instructions(stream) => stream.take(presets)?.into(),
            Self::CentBlocks(blocks) => blocks.take(presets)?,
            Self::CentContexts(contexts) => contexts.take(presets)?,
            Self::DenseDecode(decode) => decode.take()?.into(),
            Self::OverMatrixUnit(products) => products.take(presets)?,
            Self::Timing(timing) => timing.take(presets)?,
            Self::PeerTable(table) => table.take(presets)?,
            Self::GpuKernels(kernels) => kernels.take()?,
            Self::GpuLayer(layer) => layer.take()?,
            Self::Paper(figure) => figure.take()?,
        })
    }
}
