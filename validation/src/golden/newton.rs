//! `newton_gemv.csv` and `newton_timing.csv`: runs of NeuPIMs' NewtonSim@f299af3, in both of its modes.

use pim_dram::layout::Matrix;
use serde::Deserialize;

use super::{Run, Switch};
use crate::measure::MeasureError;
use crate::peers::{Peer, Product};
use crate::presets::Presets;

/// A product.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gemv {
    /// Simulator and commit.
    pub sim: String,
    /// Its configuration file.
    pub config: String,
    /// Its mode.
    pub mode: Mode,
    /// Rows of the matrix.
    #[serde(rename = "out")]
    pub outputs: u32,
    /// Columns of the matrix.
    #[serde(rename = "in")]
    pub inputs: u32,
    /// Vectors.
    #[serde(rename = "N")]
    pub tokens: u32,
    /// Channels of the device.
    #[serde(rename = "nch_cfg")]
    pub channels: u32,
    /// Channels that have something to do.
    #[serde(rename = "nch_used")]
    pub used: u32,
    /// Until the last result is seen.
    pub cycles: u64,
    /// Requests of the host to all channels.
    #[serde(rename = "host_cmds")]
    pub requests: u64,
}

/// A short sequence of commands, as the product that gives it: a tile is 32 outputs, a COMP 16 inputs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// Simulator and commit.
    pub sim: String,
    /// Its mode.
    pub mode: Mode,
    /// In its commands.
    pub sequence: String,
    /// Rows of the matrix.
    #[serde(rename = "out")]
    pub outputs: u32,
    /// Columns of the matrix.
    #[serde(rename = "in")]
    pub inputs: u32,
    /// Channels of the device.
    pub channels: u32,
    /// Whether it refreshes.
    pub refresh: Switch,
    /// Until the last result is seen.
    pub cycles: u64,
}

/// The simulator's modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One row buffer, a command each burst.
    Newton,
    /// Two row buffers, composite commands.
    CompsReadres,
}

impl Mode {
    /// As we name it.
    #[must_use]
    pub fn peer(self) -> Peer {
        match self {
            Self::Newton => Peer::Newton,
            Self::CompsReadres => Peer::Neupims,
        }
    }
}

impl Gemv {
    /// What is run.
    #[must_use]
    pub fn product(&self) -> Product {
        let matrix = Matrix { outputs: self.outputs, inputs: self.inputs };
        Product { matrix, tokens: self.tokens, channels: self.channels, order: None }
    }
}

impl Run for Gemv {
    const TABLE: &'static str = include_str!("../../golden/newton_gemv.csv");

    fn name(&self) -> String {
        let Self { outputs, inputs, tokens, channels, .. } = self;
        let mode = self.mode.peer().name();
        format!("{outputs}x{inputs} x {tokens} on {channels} channels, {mode}")
    }

    fn published(&self) -> u64 {
        self.cycles
    }

    fn cycles(&self, presets: &Presets) -> Result<u64, MeasureError> {
        let peer = self.mode.peer();
        Ok(peer.gemv(&super::device(presets, peer, None)?, &self.product(), &mut ())?)
    }
}

impl Run for Timing {
    const TABLE: &'static str = include_str!("../../golden/newton_timing.csv");

    fn name(&self) -> String {
        let refresh = if self.refresh.is_on() { "" } else { ", no refresh" };
        format!("{}, {}{refresh}", self.sequence, self.mode.peer().name())
    }

    fn published(&self) -> u64 {
        self.cycles
    }

    fn cycles(&self, presets: &Presets) -> Result<u64, MeasureError> {
        let peer = self.mode.peer();
        let device = super::device(presets, peer, Some(self.refresh.is_on()))?;
        let matrix = Matrix { outputs: self.outputs, inputs: self.inputs };
        let product = Product { matrix, tokens: 1, channels: self.channels, order: None };
        Ok(peer.gemv(&device, &product, &mut ())?)
    }
}
