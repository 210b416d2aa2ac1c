//! How long commands take what they use, read off the rules of the device.

use pim_dram::device::{CommandId, Device};
use pim_dram::family::RowEffect;
use pim_dram::rules::Rule;
use pim_dram::{Dram, Ticks};

/// Times of a device's commands.
pub(super) struct Times {
    /// How long a burst takes the data bus.
    burst: Ticks,
    /// From a command to its burst, for those that have one.
    to_burst: Vec<Option<Ticks>>,
    on_bus: Vec<Ticks>,
    cadence: Vec<Ticks>,
    refresh: Vec<Ticks>,
}

impl Times {
    /// Of a device, with the commands of its units if it has any.
    pub(super) fn new(dram: &Dram, units: Option<&Device>) -> Self {
        let timing = |name| dram.spec.timing.get(name).map(|&delay| dram.ticks(delay));
        let burst = timing("nBL").unwrap_or_default();
        let ids = || (0_u8..).map(CommandId).zip(&dram.commands);
        let on_bus: Vec<Ticks> = dram.commands.iter().map(|c| c.clocks.ticks(dram.clock)).collect();
        let next = |id| distance(dram, id, id).unwrap_or_default();
        let cadence = ids().zip(&on_bus).map(|((id, _), &on_bus)| next(id).max(on_bus)).collect();
        let opens = || ids().filter(|(_, command)| matches!(command.row, RowEffect::Opens(_)));
        let refresh = |id| opens().filter_map(|(open, _)| distance(dram, id, open)).max();
        let refresh = ids().map(|(id, _)| refresh(id).unwrap_or_default()).collect();
        let to_burst = vec![None; dram.commands.len()];
        let mut times = Self { burst, to_burst, on_bus, cadence, refresh };
        let read = Some(Ticks(dram.read_latency.0.saturating_sub(burst.0)));
        let write = timing("tCWL");
        if let Some(host) = &dram.host {
            for id in [Some(host.read), host.read_precharge].into_iter().flatten() {
                times.to_burst[usize::from(id.0)] = read;
            }
            for id in [Some(host.write), host.write_precharge].into_iter().flatten() {
                times.to_burst[usize::from(id.0)] = write;
            }
        }
        if let Some(units) = units {
            let roles = &units.roles;
            times.to_burst[usize::from(roles.read_result.0)] = read;
            // A vector is in its buffer when the units may use it.
            let there = distance(dram, roles.write_vector, roles.mac);
            let written = there.and_then(|there| there.0.checked_sub(burst.0)).map(Ticks).or(write);
            for id in [Some(roles.write_vector), roles.write_vector_ahead].into_iter().flatten() {
                times.to_burst[usize::from(id.0)] = written;
            }
        }
        times
    }

    /// First tick and the one after the last that a command's burst is on the data bus.
    pub(super) fn burst(&self, id: CommandId, at: Ticks) -> Option<(Ticks, Ticks)> {
        let first = at + self.to_burst[usize::from(id.0)]?;
        Some((first, first + self.burst))
    }

    /// How long a command takes its command bus.
    pub(super) fn on_bus(&self, id: CommandId) -> Ticks {
        self.on_bus[usize::from(id.0)]
    }

    /// How long a column command takes a bank or a unit: until it may take the next of its kind.
    pub(super) fn cadence(&self, id: CommandId) -> Ticks {
        self.cadence[usize::from(id.0)]
    }

    /// How long a refresh takes a bank: until a row may be opened again.
    pub(super) fn refresh(&self, id: CommandId) -> Ticks {
        self.refresh[usize::from(id.0)]
    }
}

/// The least distance of two commands that meet on the same node, if a rule relates them.
fn distance(dram: &Dram, first: CommandId, next: CommandId) -> Option<Ticks> {
    let relates = |rule: &&Rule| {
        rule.budget.is_none()
            && rule.apart.is_none()
            && rule.after.contains(&first)
            && rule.before.contains(&next)
    };
    dram.rules.iter().filter(relates).map(|rule| rule.wait).max()
}
