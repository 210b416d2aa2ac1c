//! Distances between the commands of one pass over one DRAM row, from the simulated command list.

use pim_dram::Ticks;
use pim_dram::device::Device;
use pim_dram::order::Order;
use pim_dram::pass::{Pass, Tile};
use pim_dram::sequencer::{Issued, Sequencer};
use pim_dram::spec::Activation;
use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::presets::Presets;

/// A distance in cycles, the largest of any pseudo-channel. The pass starts on an idle command channel at tick 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    device: String,
    activation: Activation,
    quantity: RowQuantity,
}

/// Which distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowQuantity {
    /// From the first activation to the last.
    ActivationSpread,
    /// From one multiply-accumulate to the next.
    MacSpacing,
}

impl Row {
    pub(super) fn take(&self, presets: &Presets) -> Result<f64, MeasureError> {
        let device = presets.device(&self.device, Some(self.activation))?;
        let list = commands(&device);
        let distances = (0..device.lanes()).map(|lane| {
            let of = |command| {
                let issued = list.iter().filter(move |i| i.lane == lane && i.command == command);
                issued.map(|i| i.at).collect::<Vec<_>>()
            };
            match self.quantity {
                RowQuantity::ActivationSpread => spread(&of(device.roles.activate)),
                RowQuantity::MacSpacing => spacing(&of(device.roles.mac)),
            }
        });
        let largest = distances.max().unwrap_or_default();
        Ok(device.clock.clocks(largest) as f64)
    }
}

/// One vector times a tile that fills one row of every bank.
fn commands(device: &Device) -> Vec<Issued> {
    let tile = Tile { outputs: 1, columns: device.spec.geometry.columns(), order: Order::NoReuse };
    let mut list = Vec::new();
    Sequencer::new(device).run(&Pass::alone(tile, 1), Ticks(0), &mut list);
    list
}

fn spread(at: &[Ticks]) -> Ticks {
    at.first().zip(at.last()).map(|(&first, &last)| last - first).unwrap_or_default()
}

fn spacing(at: &[Ticks]) -> Ticks {
    at.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
}
