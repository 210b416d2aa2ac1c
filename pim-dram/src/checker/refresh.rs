//! Refreshes are never put off for a whole interval.

use super::Violation;
use crate::dram::Dram;
use crate::family::RowEffect;
use crate::geometry::{Level, Node};
use crate::sequencer::Issued;

/// Refreshes of every bank, by whatever command. The `k`-th falls due at `k` periods and must have come by `k + 1`.
#[derive(Clone, Debug)]
pub(super) struct Refreshes {
    /// Per command that refreshes and node of its reach: the banks.
    reached: Vec<Option<Vec<Vec<u32>>>>,
    /// In which each bank is refreshed once.
    period: u64,
    found: Vec<u64>,
    /// The tick by which some bank must have its next one.
    deadline: u64,
}

impl Refreshes {
    /// None yet. `None` for a device that is not refreshed.
    pub(super) fn new(dram: &Dram) -> Option<Self> {
        let plan = dram.refresh.as_ref()?;
        let turns = plan.turns.iter().map(Vec::len).max().unwrap_or(1) as u64;
        let period = plan.interval.0 * turns;
        let topology = &dram.topology;
        let reached = dram.commands.iter().map(|command| {
            (command.row == RowEffect::Refreshes).then(|| {
                let nodes = 0..topology.count(command.reach);
                let node = |index| Node { level: command.reach, index };
                nodes.map(|index| topology.banks(node(index)).to_vec()).collect()
            })
        });
        let found = vec![0; topology.count(Level::Bank) as usize];
        Some(Self { reached: reached.collect(), period, found, deadline: deadline(period, 0) })
    }

    /// Whether all have come that had to come by tick `by`.
    pub(super) fn check(&self, by: u64) -> Result<(), Violation> {
        if by < self.deadline {
            return Ok(());
        }
        let least = (0_u32..).zip(&self.found).min_by_key(|(_, found)| **found);
        least.map_or(Ok(()), |(bank, &found)| {
            Err(Violation::Refresh { bank, at: self.deadline, found, needed: found + 1 })
        })
    }

    /// Counts a command that is a refresh.
    pub(super) fn record(&mut self, issued: &Issued) {
        if let Some(reached) = &self.reached[usize::from(issued.command.0)] {
            for &bank in &reached[issued.target as usize] {
                self.found[bank as usize] += 1;
            }
            let least = self.found.iter().copied().min().unwrap_or_default();
            self.deadline = deadline(self.period, least);
        }
    }
}

fn deadline(period: u64, found: u64) -> u64 {
    period.saturating_mul(found.saturating_add(2))
}
