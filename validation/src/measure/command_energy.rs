//! Energy of a command against that of another.

use pim_dram::device::{CommandId, Device};
use pim_dram::energy::Draw;
use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::presets::Presets;

/// Energy of a command over that of `times` others, within the stack: without what leaves it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandEnergy {
    device: String,
    command: String,
    over: String,
    times: u32,
}

impl CommandEnergy {
    pub(super) fn take(&self, presets: &Presets) -> Result<f64, MeasureError> {
        let device = presets.device(&self.device, None)?;
        let of = |name: &str| within(&device, name).ok_or_else(|| self.unknown(name));
        Ok(of(&self.command)? / (f64::from(self.times) * of(&self.over)?))
    }

    fn unknown(&self, command: &str) -> MeasureError {
        MeasureError::NoEnergy { device: self.device.clone(), command: command.to_owned() }
    }
}

/// Femtojoules of the command on its first target.
fn within(device: &Device, name: &str) -> Option<f64> {
    let at = device.commands.iter().position(|command| command.name == name)?;
    let draws = device.energy_fj(CommandId(at as u8), 0)?;
    let within = Draw::ALL.into_iter().filter(|&draw| draw != Draw::Io);
    Some(within.map(|draw| draws[draw as usize]).sum::<u64>() as f64)
}
