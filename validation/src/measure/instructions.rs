//! AiM instructions on one channel, run as the AiM simulator's host runs them.

use pim_dram::device::Device;
use pim_dram::sequencer::Issued;
use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::peers::aim::instructions::{Limits, parse};
use crate::peers::aim::{self, Instruction};
use crate::presets::Presets;

/// A stream of instructions; `body` is repeated `times`, with R counting from 0, lines apart by `;`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instructions {
    device: String,
    times: u32,
    body: String,
    quantity: InstructionsQuantity,
}

/// What is asked of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstructionsQuantity {
    /// From the first command of that name to the next, in cycles.
    Period(String),
    /// Weights that the channel multiplies, in bytes a second.
    BytesPerS,
}

impl Instructions {
    pub(super) fn take(&self, presets: &Presets) -> Result<f64, MeasureError> {
        let device = presets.device(&self.device, None)?;
        let mut list: Vec<Issued> = Vec::new();
        let cycles = aim::run(&device, &self.stream(&device)?, &mut list)?;
        let at = |name: &str| {
            let of_name = |issued: &&Issued| device.command(issued.command).name == name;
            list.iter().filter(of_name).map(|issued| issued.at).collect::<Vec<_>>()
        };
        Ok(match &self.quantity {
            InstructionsQuantity::Period(name) => {
                let period = at(name).first_chunk().map(|&[one, next]| next - one);
                device.clock.clocks(period.unwrap_or_default()) as f64
            }
            InstructionsQuantity::BytesPerS => {
                let units = device.spec.geometry.banks / device.pim.banks_per_unit;
                let bytes = units * device.spec.geometry.burst_bytes;
                let time = device.clock.femtos(device.clock.ticks(cycles)).as_ticks() as f64 / 1e15;
                at("MAC16").len() as f64 * f64::from(bytes) / time
            }
        })
    }

    fn stream(&self, device: &Device) -> Result<Vec<Instruction>, MeasureError> {
        let body = self.body.replace("; ", "\n");
        let mut text = String::new();
        for repeat in 0..self.times {
            for line in body.lines() {
                let words = line.split(' ').map(|word| match word {
                    "R" => repeat.to_string(),
                    word => word.to_owned(),
                });
                text.push_str(&(words.collect::<Vec<_>>().join(" ") + "\n"));
            }
        }
        let geometry = &device.spec.geometry;
        let limits = Limits { banks: geometry.banks, rows: geometry.rows };
        parse("claim", &(text + "EOC"), limits).map_err(MeasureError::Instructions)
    }
}
