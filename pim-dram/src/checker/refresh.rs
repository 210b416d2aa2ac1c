//! Refreshes are never put off for a whole interval.

use super::Violation;
use crate::device::{CommandId, Device};
use crate::geometry::Level;
use crate::sequencer::Issued;

/// Refreshes of every node that a refresh command reaches. The `k`-th falls due at `k` intervals and must have come by
/// `k + 1`.
#[derive(Clone, Debug)]
pub(super) struct Refreshes {
    command: CommandId,
    level: Level,
    interval: u64,
    found: Vec<u64>,
    /// The tick by which some node must have its next one.
    deadline: u64,
}

impl Refreshes {
    /// None yet. `None` for a device that is not refreshed.
    pub(super) fn new(device: &Device) -> Option<Self> {
        let interval = device.refresh_interval?.0;
        let command = device.roles.refresh;
        let level = device.command(command).reach;
        let found = vec![0; device.topology.count(level) as usize];
        Some(Self { command, level, interval, found, deadline: deadline(interval, 0) })
    }

    /// Whether all have come that had to come by tick `by`.
    pub(super) fn check(&self, by: u64) -> Result<(), Violation> {
        if by < self.deadline {
            return Ok(());
        }
        let least = (0_u32..).zip(&self.found).min_by_key(|(_, found)| **found);
        least.map_or(Ok(()), |(node, &found)| {
            let level = self.level.name();
            Err(Violation::Refresh { level, node, at: self.deadline, found, needed: found + 1 })
        })
    }

    /// Counts a command that is a refresh.
    pub(super) fn record(&mut self, issued: &Issued) {
        if issued.command == self.command {
            self.found[issued.target as usize] += 1;
            let least = self.found.iter().copied().min().unwrap_or_default();
            self.deadline = deadline(self.interval, least);
        }
    }
}

fn deadline(interval: u64, found: u64) -> u64 {
    interval.saturating_mul(found.saturating_add(2))
}
