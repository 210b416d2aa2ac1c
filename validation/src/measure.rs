//! What a claim is compared with: a kind of measurement and its parameters, one file each kind.
//!
//! A measurement is a pure function of its parameters and the presets.

mod expert;
mod peak;
mod pim_over_stream;
mod row;
mod row_stream;
mod size;
mod stack;

use pim_dram::device::DeviceError;
use pim_dram::layout::LayoutError;
use serde::{Deserialize, Serialize};
use sieve_sched::config::ConfigError;
use thiserror::Error;

use crate::host_stream::StreamError;
use crate::peers::PeerError;
use crate::presets::Presets;
use crate::rows::Measured;

pub use expert::ExpertOverRoofline;
pub use peak::{Peak, PeakQuantity};
pub use pim_over_stream::{MicroKernel, PimOverStream, Stream};
pub use row::{Row, RowQuantity};
pub use row_stream::{RowStream, RowStreamQuantity};
pub use size::{Size, SizeQuantity};
pub use stack::{Stack, StackQuantity};

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
    /// Time of a host's stream over that of a kernel of HBM-PIM on the same data.
    PimOverStream(PimOverStream),
    /// Time of an expert over its roofline time.
    ExpertOverRoofline(ExpertOverRoofline),
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
    /// A kernel that another simulator's host cannot run.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// A host's stream that cannot be run.
    #[error(transparent)]
    Stream(#[from] StreamError),
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
            Self::PimOverStream(kernel) => kernel.take(presets)?.into(),
            Self::ExpertOverRoofline(expert) => expert.take(presets)?.into(),
        })
    }
}
