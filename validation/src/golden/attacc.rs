//! `attacc_gemv.csv` and `attacc_attention.csv`: runs of attacc_simulator@c600051, and rows of the table that ships with it.

use pim_dram::layout::Matrix;
use serde::Deserialize;

use super::Run;
use crate::measure::MeasureError;
pub use crate::peers::attacc::attention;
use crate::peers::attacc::attention::{Revision, Unit};
use crate::peers::{Peer, Product};
use crate::presets::Presets;

/// A product, units at every bank.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gemv {
    /// Preset as the simulator names it.
    pub preset: String,
    /// Refresh scheme as the simulator names it.
    pub refresh: String,
    /// Rows of the matrix.
    pub outputs: u32,
    /// Columns of the matrix.
    pub inputs: u32,
    /// Vectors.
    pub tokens: u32,
    /// Channels that take part.
    pub channels: u32,
    /// Until the last command is issued.
    pub cycles: u64,
    /// Simulator and commit.
    pub sim: String,
}

impl Run for Gemv {
    const TABLE: &'static str = include_str!("../../golden/attacc_gemv.csv");

    fn name(&self) -> String {
        let Self { outputs, inputs, tokens, preset, refresh, .. } = self;
        format!("{outputs}x{inputs} x {tokens}, {preset}, refresh {refresh}")
    }

    fn published(&self) -> u64 {
        self.cycles
    }

    fn cycles(&self, presets: &Presets) -> Result<u64, MeasureError> {
        let peer = limited(self.preset == "HBM3_5.2Gbps");
        let device = super::device(presets, peer, Some(self.refresh == "AllBankHBM3"))?;
        let matrix = Matrix { outputs: self.outputs, inputs: self.inputs };
        let (tokens, channels) = (self.tokens, self.channels);
        Ok(peer.gemv(&device, &Product { matrix, tokens, channels, order: None }, &mut ())?)
    }
}

/// A row of the published table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attention {
    /// Where vectors are multiplied.
    pub unit: UnitName,
    /// Heads of all sequences.
    pub heads: u32,
    /// Tokens in each cache.
    pub length: u32,
    /// Elements of a head.
    pub head_elements: u32,
    /// Bytes of an element.
    pub element_bytes: u32,
    /// Whether multiply-accumulates are slowed to the power limit.
    pub power_limit: Truth,
    /// Which of the simulator's states made it.
    pub part: Part,
    /// Until the last command is issued.
    pub cycles: u64,
}

/// Units as the table names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[expect(missing_docs, reason = "names of the table")]
pub enum UnitName {
    BA,
    BG,
    BUFFER,
}

/// Truth as Python writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[expect(missing_docs, reason = "names of the table")]
pub enum Truth {
    True,
    False,
}

/// Rows before and after the first that is not for units at banks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "names of the table")]
pub enum Part {
    Earlier,
    Later,
}

impl Attention {
    /// Where vectors are multiplied.
    #[must_use]
    pub fn unit(&self) -> Unit {
        match self.unit {
            UnitName::BA => Unit::Bank,
            UnitName::BG => Unit::BankGroup,
            UnitName::BUFFER => Unit::Buffer,
        }
    }
}

impl Run for Attention {
    const TABLE: &'static str = include_str!("../../golden/attacc_attention.csv");

    fn name(&self) -> String {
        let Self { heads, length, head_elements, element_bytes, .. } = self;
        let limit = if self.power_limit == Truth::True { "" } else { ", no power limit" };
        format!("{heads} heads of {head_elements} x {element_bytes} B, {length} tokens{limit}")
    }

    fn published(&self) -> u64 {
        self.cycles
    }

    fn cycles(&self, presets: &Presets) -> Result<u64, MeasureError> {
        let device = super::device(presets, limited(self.power_limit == Truth::True), Some(true))?;
        let step = attention::Attention {
            unit: self.unit(),
            heads: self.heads,
            length: self.length,
            head_elements: self.head_elements,
            element_bytes: self.element_bytes,
        };
        let revision = match self.part {
            Part::Earlier => Revision::EarlierTable,
            Part::Later => Revision::LaterTable,
        };
        Ok(attention::run(&device, &step, revision, &mut ())?)
    }
}

fn limited(by_power: bool) -> Peer {
    if by_power { Peer::Attacc } else { Peer::AttaccNpc }
}
