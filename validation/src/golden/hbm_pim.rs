//! `hbm_pim.csv`: runs of SAIT PIMSimulator@b464dde.

use pim_dram::layout::Matrix;
use serde::Deserialize;

use super::{Run, Switch};
use crate::measure::MeasureError;
use crate::peers::{Peer, Product};
use crate::presets::Presets;

/// A product; reads and writes are those of all channels.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gemv {
    /// Simulator and commit.
    pub sim: String,
    /// Rows of the matrix.
    pub outputs: u32,
    /// Columns of the matrix.
    pub inputs: u32,
    /// Vectors.
    pub tokens: u32,
    /// Pseudo-channels that take part.
    pub channels: u32,
    /// Whether it refreshes.
    pub refresh: Switch,
    /// Until all is done.
    pub cycles: u64,
    /// RD commands.
    pub reads: u64,
    /// WR commands.
    pub writes: u64,
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
    const TABLE: &'static str = include_str!("../../golden/hbm_pim.csv");

    fn name(&self) -> String {
        let Self { outputs, inputs, tokens, channels, .. } = self;
        let refresh = if self.refresh.is_on() { "" } else { ", no refresh" };
        format!("{outputs}x{inputs} x {tokens} on {channels} pseudo-channels{refresh}")
    }

    fn published(&self) -> u64 {
        self.cycles
    }

    fn cycles(&self, presets: &Presets) -> Result<u64, MeasureError> {
        let device = super::device(presets, Peer::HbmPim, Some(self.refresh.is_on()))?;
        Ok(Peer::HbmPim.gemv(&device, &self.product(), &mut ())?)
    }
}
