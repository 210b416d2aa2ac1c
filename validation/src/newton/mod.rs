//! Newton's own experiment: matrix-vector products on its device, against a host that reads every weight once at the peak rate of
//! the same channels, and against a GPU.
//!
//! | file | what |
//! |---|---|
//! | `studies/newton.ron` | layers, device, steps: all that the paper would say |
//! | [`time`] | how long Newton, the ideal host and the GPU take for a layer |
//! | [`tables`] | the tables of the page |
//! | [`closed`] | the closed model of a row, and the simulation of the same |

pub mod closed;
pub mod tables;
pub mod time;

use pim_dram::layout::Matrix;
use pim_dram::spec::{Deviation, DeviceSpec};
use ron::extensions::Extensions;
use serde::{Deserialize, Serialize};

use crate::measure::MeasureError;
use crate::presets::Presets;

/// By file and RON text.
const SHIPPED: (&str, &str) = ("newton.ron", include_str!("../../studies/newton.ron"));

/// What is measured on what.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// Device preset.
    pub device: String,
    /// GPU preset.
    pub gpu: String,
    /// Products.
    pub layers: Vec<Layer>,
    /// Newton's measures, each on top of those before it.
    pub steps: Vec<Step>,
    /// Channels of other sizes.
    pub banks: Vec<Banks>,
    /// Vectors of a product.
    pub batches: Vec<u32>,
}

/// A matrix of `outputs` x `inputs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Model and layer.
    pub name: String,
    /// Rows of the matrix.
    pub outputs: u32,
    /// Its columns.
    pub inputs: u32,
}

/// One state of the device between plain commands and all of Newton.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Where weights lie, and with that what is fetched again.
    pub placement: Placement,
    /// What the device has otherwise.
    pub deviation: Deviation,
}

/// Where the weights of a matrix lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// An output's weights one after the other in one bank, so that the vector is written anew for each output of a bank.
    RowMajor,
    /// The weights that meet one part of the vector one after the other, so that each part is written once.
    Interleaved,
    /// The same, inputs cut over channels as is fastest.
    Planned,
    /// Rows stay open for several vectors; not Newton's.
    RowsOpen,
}

/// Banks of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Banks {
    /// Ranks.
    pub ranks: u32,
    /// Bank groups of a rank.
    pub bank_groups: u32,
    /// Banks of a rank.
    pub banks: u32,
}

impl Study {
    /// The shipped one.
    ///
    /// # Errors
    /// A file that does not parse.
    pub fn shipped() -> Result<Self, MeasureError> {
        let (file, text) = SHIPPED;
        let ron = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        ron.from_str(text).map_err(|error| MeasureError::Shipped { file, says: error.to_string() })
    }

    /// Newton's device.
    ///
    /// # Errors
    /// A name that no preset has.
    pub fn spec(&self, presets: &Presets) -> Result<DeviceSpec, MeasureError> {
        Ok(presets.spec(&self.device)?)
    }
}

impl Layer {
    /// Its matrix.
    #[must_use]
    pub fn matrix(&self) -> Matrix {
        Matrix { outputs: self.outputs, inputs: self.inputs }
    }
}

impl Step {
    /// The device at this step.
    #[must_use]
    pub fn on(&self, mut spec: DeviceSpec) -> DeviceSpec {
        spec.deviations.push(self.deviation.clone());
        spec
    }
}

impl Banks {
    /// Banks of a channel.
    #[must_use]
    pub fn total(self) -> u32 {
        self.ranks * self.banks
    }

    /// The device with channels of so many banks.
    #[must_use]
    pub fn on(self, mut spec: DeviceSpec) -> DeviceSpec {
        let geometry = &mut spec.geometry;
        geometry.ranks = self.ranks;
        geometry.bank_groups = self.bank_groups;
        geometry.banks = self.banks;
        spec
    }
}
