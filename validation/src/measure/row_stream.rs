//! Row after row streamed through the PIM units of a channel, without refresh, vectors and results.

use pim_dram::Ticks;
use pim_dram::channel::Channel;
use pim_dram::device::{CommandId, Device};
use pim_dram::geometry::Level;
use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::presets::Presets;

/// Rows of a device, `columns` of each multiplied, every command as early as the rules allow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowStream {
    device: String,
    columns: u32,
    quantity: RowStreamQuantity,
}

/// What is asked of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowStreamQuantity {
    /// From one row to the next, in cycles.
    PeriodCycles,
    /// The same in seconds.
    PeriodSeconds,
    /// Weights that one channel multiplies, in bytes a second.
    ChannelBytesPerS,
    /// The same of the whole memory system, over what its data buses carry at most.
    OverExternal {
        /// Peak rate of the data buses of all channels.
        external_bytes_per_s: u64,
    },
    /// How much longer the same columns take at one a row.
    OneColumnARow,
    /// The share of the energy of the same columns at one a row that is saved.
    EnergySaved,
    /// Energy x delay of the same columns at one a row, over that of the stream.
    EnergyDelayOfOneColumnARow,
}

impl RowStream {
    pub(super) fn take(&self, presets: &Presets) -> Result<f64, MeasureError> {
        let device = presets.device(&self.device, None)?;
        let period = period(&device, self.columns);
        let seconds = device.clock.femtos(period).as_ticks() as f64 / 1e15;
        let geometry = &device.spec.geometry;
        let units = device.topology.count(Level::Bank) / device.pim.banks_per_unit;
        let bytes = f64::from(units) * f64::from(self.columns) * f64::from(geometry.burst_bytes);
        Ok(match self.quantity {
            RowStreamQuantity::PeriodCycles => device.clock.clocks(period) as f64,
            RowStreamQuantity::PeriodSeconds => seconds,
            RowStreamQuantity::ChannelBytesPerS => bytes / seconds,
            RowStreamQuantity::OverExternal { external_bytes_per_s: external } => {
                f64::from(geometry.channels) * bytes / seconds / external as f64
            }
            RowStreamQuantity::OneColumnARow => self.longer(&device, period),
            RowStreamQuantity::EnergySaved => 1.0 - 1.0 / self.dearer(&device, period)?,
            RowStreamQuantity::EnergyDelayOfOneColumnARow => {
                self.longer(&device, period) * self.dearer(&device, period)?
            }
        })
    }

    /// Time of the columns at one a row over that of the stream.
    fn longer(&self, device: &Device, period: Ticks) -> f64 {
        let alone = self::period(device, 1).0 * u64::from(self.columns);
        alone as f64 / period.0 as f64
    }

    /// Energy of the columns at one a row over that of the stream.
    fn dearer(&self, device: &Device, period: Ticks) -> Result<f64, MeasureError> {
        let of = |columns, period| {
            energy_fj(device, columns, period).ok_or_else(|| MeasureError::NoEnergy {
                device: self.device.clone(),
                command: device.command(device.roles.mac).name.clone(),
            })
        };
        let alone = of(1, self::period(device, 1))? * f64::from(self.columns);
        Ok(alone / of(self.columns, period)?)
    }
}

/// Energy of a row of the stream in one channel: its commands, and background for the time that it takes.
fn energy_fj(device: &Device, columns: u32, period: Ticks) -> Option<f64> {
    let roles = &device.roles;
    let of = |command: CommandId| {
        let targets = 0..device.topology.count(device.command(command).reach);
        let draws = targets.map(|target| device.energy_fj(command, target));
        draws.map(|draws| draws.map(|draws| draws.iter().sum::<u64>())).sum::<Option<u64>>()
    };
    let row = of(roles.activate)? + of(roles.precharge)? + u64::from(columns) * of(roles.mac)?;
    let background_mw = device.spec.energy.as_ref()?.background_mw
        * f64::from(device.spec.geometry.pseudo_channels);
    // A milliwatt for a femtosecond is a thousandth of a femtojoule.
    let background = background_mw * device.clock.femtos(period).as_ticks() as f64 / 1e3;
    Some(row as f64 + background)
}

/// Distance between the first multiply-accumulates of two rows, once the stream is steady.
pub(crate) fn period(device: &Device, columns: u32) -> Ticks {
    let roles = &device.roles;
    let mut channel = Channel::new(device);
    let mut now = Ticks(0);
    let mut starts = Vec::new();
    for row in 0..8 {
        // Every node of the command's reach in turn.
        let mut issue = |command: CommandId, row| {
            let mut last = now;
            for target in 0..device.topology.count(device.command(command).reach) {
                last = channel.earliest(command, target).at.max(now);
                channel.issue(command, target, row, last);
                now = last;
            }
            last
        };
        issue(roles.activate, Some(row));
        let first = issue(roles.mac, Some(row));
        starts.push(first);
        for _ in 1..columns {
            issue(roles.mac, Some(row));
        }
        issue(roles.precharge, None);
    }
    starts.last_chunk().map(|&[one, next]| next - one).unwrap_or_default()
}
