//! Results of other simulators, transcribed to `golden/*.csv`, and what our engine gives for the same runs: a file each
//! simulator, a record each table.

pub mod aim;
pub mod attacc;
pub mod hbm_pim;
pub mod newton;
pub mod ramulator;

use pim_dram::device::Device;
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::measure::MeasureError;
use crate::peers::Peer;
use crate::presets::Presets;
use crate::rows::Compared;

/// A transcribed table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// Products of the GDDR6-AiM simulator.
    AimGemv,
    /// Its instruction streams.
    AimMicro,
    /// Products of AttAcc's simulator.
    AttaccGemv,
    /// Its published results of attention, for units at banks.
    AttaccBank,
    /// The same at bank groups.
    AttaccBankGroup,
    /// The same in the buffer die.
    AttaccBuffer,
    /// Products of NewtonSim.
    NewtonGemv,
    /// Its short sequences.
    NewtonTiming,
    /// Products of PIMSimulator.
    HbmPim,
    /// Runs of Ramulator 2.1 whose trace is a formula.
    Ramulator2,
}

/// One run of another simulator: a row of its table.
pub trait Run: DeserializeOwned + Send + Sync {
    /// The table, with its header; lines that start with # are comments.
    const TABLE: &'static str;

    /// What was run.
    fn name(&self) -> String;

    /// The cycles that the simulator reports.
    fn published(&self) -> u64;

    /// Ours.
    ///
    /// # Errors
    /// A device that is none.
    fn cycles(&self, presets: &Presets) -> Result<u64, MeasureError>;
}

/// A transcribed table that does not parse.
#[derive(Debug, Error)]
#[error("golden table: {0}")]
pub struct TableError(#[from] csv::Error);

/// All rows of a table.
///
/// # Errors
/// A table that does not parse.
pub fn runs<R: Run>() -> Result<Vec<R>, TableError> {
    parse(R::TABLE)
}

/// All rows of a text that is like the table.
///
/// # Errors
/// A text that is not.
pub fn parse<R: DeserializeOwned>(table: &str) -> Result<Vec<R>, TableError> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(table.as_bytes());
    let rows: Result<_, csv::Error> = reader.deserialize().collect();
    Ok(rows?)
}

impl Table {
    /// Its cycles and ours, row by row.
    ///
    /// # Errors
    /// A table that does not parse, a device that is none.
    pub fn compared(self, presets: &Presets) -> Result<Vec<Compared>, MeasureError> {
        use attacc::attention::Unit;
        let attention = |unit| {
            let all = runs::<attacc::Attention>()?;
            compared(all.into_iter().filter(|run| run.unit() == unit).collect(), presets)
        };
        match self {
            Self::AimGemv => compared(runs::<aim::Gemv>()?, presets),
            Self::AimMicro => compared(runs::<aim::Micro>()?, presets),
            Self::AttaccGemv => compared(runs::<attacc::Gemv>()?, presets),
            Self::AttaccBank => attention(Unit::Bank),
            Self::AttaccBankGroup => attention(Unit::BankGroup),
            Self::AttaccBuffer => attention(Unit::Buffer),
            Self::NewtonGemv => compared(runs::<newton::Gemv>()?, presets),
            Self::NewtonTiming => compared(runs::<newton::Timing>()?, presets),
            Self::HbmPim => compared(runs::<hbm_pim::Gemv>()?, presets),
            Self::Ramulator2 => {
                let all = runs::<ramulator::Run>()?;
                compared(all.into_iter().filter(ramulator::Run::has_formula).collect(), presets)
            }
        }
    }
}

fn compared<R: Run>(runs: Vec<R>, presets: &Presets) -> Result<Vec<Compared>, MeasureError> {
    let compare = |run: &R| {
        Ok(Compared {
            name: run.name(),
            published: run.published() as f64,
            ours: run.cycles(presets)? as f64,
        })
    };
    runs.par_iter().map(compare).collect()
}

/// The device of a simulator; `refresh` overrides whether it refreshes.
fn device(presets: &Presets, peer: Peer, refresh: Option<bool>) -> Result<Device, MeasureError> {
    Ok(Device::new(&Peer::refreshing(presets.spec(&peer.preset())?, refresh))?)
}

/// A switch as tables write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// With it.
    On,
    /// Without.
    Off,
}

impl Switch {
    fn is_on(self) -> bool {
        self == Self::On
    }
}
