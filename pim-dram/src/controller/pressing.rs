//! How a refresh is kept from being put off for a whole interval by what was begun before it.

use super::spec::RowPolicy;
use crate::dram::{CommandId, Dram};
use crate::family::HostRoles;
use crate::geometry::{Level, Node};
use crate::refresh::RefreshPlan;

/// A refresh that falls due waits until all requests whose rows are open have had their bursts: nothing new is begun once it
/// has waited for some time, and no more rows are open by then than have their turn in the time that is left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pressing {
    /// Ticks that a refresh waits before nothing new is begun.
    pub(super) after: u64,
    /// Requests that may have rows opened for them and wait for their bursts, all banks together.
    pub(super) rows: usize,
}

impl Pressing {
    /// Half of the distance to the next refresh, as many rows as there are banks.
    pub(super) fn unbounded(plan: Option<&RefreshPlan>) -> Self {
        Self { after: plan.map_or(0, |plan| plan.interval.0 / 2), rows: usize::MAX }
    }

    /// After half of the distance to the next refresh, or sooner where a single request takes longer than what is left.
    ///
    /// # Errors
    /// The ticks that a refresh may wait for a single request, where these are more than those between two refreshes of a bank.
    pub(super) fn bounded(
        dram: &Dram,
        host: &HostRoles<CommandId>,
        plan: &RefreshPlan,
        policy: RowPolicy,
    ) -> Result<Self, u64> {
        let turns = plan.turns.iter().map(Vec::len).max().unwrap_or(1) as u64;
        let (period, half) = (plan.interval.0 * turns, plan.interval.0 / 2);
        let (burst, rest, again) = Waits { dram, host, refresh: plan.command }.of(policy);
        let wait = again.max(rest + burst);
        if period < wait {
            return Err(wait);
        }
        let after = half.min(period - rest - burst);
        let rows = (period - after - rest) / burst;
        Ok(Self { after, rows: usize::try_from(rows).unwrap_or(usize::MAX) })
    }
}

/// The longest that rules keep one command waiting for others.
struct Waits<'d> {
    dram: &'d Dram,
    host: &'d HostRoles<CommandId>,
    refresh: CommandId,
}

impl Waits<'_> {
    /// Ticks until one more request has its burst; until a refresh issues after all bursts besides; until it issues after the
    /// one before it in its bank.
    fn of(&self, policy: RowPolicy) -> (u64, u64, u64) {
        let host = self.host;
        let reads = [Some(host.read), host.read_precharge];
        let writes = [Some(host.write), host.write_precharge];
        let bursts: Vec<_> = reads.into_iter().chain(writes).flatten().collect();
        let closes = [host.precharge, host.precharge_all];
        let hosts: Vec<_> = host.commands().copied().collect();
        let closer = {
            let (level, whole) = (self.reach(self.refresh), self.reach(host.precharge_all));
            let together = level == whole || level.contains(whole);
            // The row policy closes bank by bank.
            if together && policy == RowPolicy::Open { host.precharge_all } else { host.precharge }
        };
        let upkeep = [host.precharge, host.precharge_all, self.refresh];
        // The last row was just opened; its bank is closed after the last burst, as are all others, one after the other; so
        // are refreshes that fell due before.
        let turn = self.in_line(self.refresh, &upkeep);
        let rest = self.longest(&[host.activate], &bursts)
            + self.longest(&hosts, &closes)
            + self.in_line(closer, &upkeep)
            + self.longest(&hosts, &[self.refresh])
            + turn;
        let again = self.longest(&[self.refresh], &[self.refresh]) + turn;
        (self.longest(&bursts, &bursts).max(1), rest, again)
    }

    fn reach(&self, command: CommandId) -> Level {
        self.dram.command(command).reach
    }

    /// Ticks to the next edge on which a command may issue are part of its wait.
    fn edge(&self) -> u64 {
        self.dram.clock.ticks_per_clock - 1
    }

    /// From any command of `after` to any of `before`.
    fn longest(&self, after: &[CommandId], before: &[CommandId]) -> u64 {
        let concerns = |list: &[CommandId], of: &[CommandId]| of.iter().any(|c| list.contains(c));
        let rules = self.dram.rules.iter();
        let rules = rules.filter(|r| concerns(&r.after, after) && concerns(&r.before, before));
        rules.map(|rule| rule.wait.0).max().unwrap_or_default() + self.edge()
    }

    /// For commands of one kind to all other places in the channel than the first, one after the other.
    fn in_line(&self, command: CommandId, before: &[CommandId]) -> u64 {
        let topology = &self.dram.topology;
        let level = self.reach(command);
        let concerns = |list: &[CommandId]| before.iter().any(|c| list.contains(c));
        let rules = self.dram.rules.iter();
        let rules = rules.filter(|r| r.after.contains(&command) && concerns(&r.before));
        let scopes: Vec<_> = rules
            .map(|rule| {
                (rule.wait.0, rule.scope, topology.cover(Node { level, index: 0 }, rule.scope))
            })
            .collect();
        let wait = |index| {
            let meets = |scope, first: &[u32]| {
                topology.cover(Node { level, index }, scope).iter().any(|n| first.contains(n))
            };
            let met = scopes.iter().filter(|(_, scope, first)| meets(*scope, first));
            met.map(|&(wait, ..)| wait).max().unwrap_or_default() + self.edge()
        };
        (1..topology.count(level)).map(wait).sum()
    }
}
