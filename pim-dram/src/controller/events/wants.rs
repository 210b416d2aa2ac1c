//! Which commands the banks want.

use super::Controller;
use crate::channel::Channel;
use crate::controller::candidates::{Age, Candidates, NOBODY, Plan};
use crate::controller::slab::Index;
use crate::controller::spec::Scheduler;
use crate::dram::{CommandId, Dram};
use crate::family::{Bus, HostRoles};

/// What a bank may want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// A row for the oldest request of a closed bank.
    Activate,
    /// Its row closed for the oldest request that needs another.
    Precharge,
    /// A column command for the oldest read of the open row.
    Read,
    /// The same for a write.
    Write,
    /// A column command for a read that the row was opened for.
    ActiveRead,
    /// The same for a write.
    ActiveWrite,
}

/// The plan of each want.
const PLANS: [usize; 6] = [0, 1, 2, 3, 2, 3];

/// Banks by what they want.
#[derive(Clone, Debug)]
pub(super) struct Wants {
    plans: [Plan; 4],
    banks: [Candidates; 6],
}

impl Wants {
    pub(super) fn new(dram: &Dram, host: &HostRoles<CommandId>) -> Self {
        let commands = [host.activate, host.precharge, host.read, host.write];
        let plans = commands.map(|command| Plan::new(dram, command));
        Self { banks: PLANS.map(|plan| Candidates::new(&plans[plan])), plans }
    }

    pub(super) fn command(&self, want: Want) -> CommandId {
        self.plans[PLANS[want as usize]].command
    }

    #[inline]
    fn set(&mut self, channel: &Channel<'_>, want: Want, bank: u32, age: Age) {
        let plan = &self.plans[PLANS[want as usize]];
        self.banks[want as usize].want(plan, channel, bank, age);
    }

    /// A tick before which no bank may have anything that a new request can make it want, as known.
    #[inline]
    pub(super) fn known(&self) -> u64 {
        self.banks[..4].iter().map(Candidates::known).min().unwrap_or_default()
    }

    /// A tick from `soon` on before which none of these may be had.
    #[inline]
    pub(super) fn next(&mut self, channel: &Channel<'_>, wants: &[Want], soon: u64) -> u64 {
        let mut next = u64::MAX;
        for &want in wants {
            let plan = &self.plans[PLANS[want as usize]];
            next = next.min(self.banks[want as usize].next(plan, channel, soon));
        }
        next
    }

    /// The oldest bank that may have one of these on a bus.
    #[inline]
    pub(super) fn oldest(
        &mut self,
        channel: &Channel<'_>,
        wants: &[Want],
        bus: Bus,
        now: u64,
    ) -> Option<(Age, u32, Want)> {
        let mut oldest: Option<(Age, u32, Want)> = None;
        for &want in wants {
            let (banks, plan) = (&mut self.banks[want as usize], &self.plans[PLANS[want as usize]]);
            if banks.due(plan, bus, now)
                && let Some((age, bank)) = banks.oldest(plan, channel, now)
                && oldest.is_none_or(|(oldest, ..)| age < oldest)
            {
                oldest = Some((age, bank, want));
            }
        }
        oldest
    }

    /// Whether a bank may have what it wants on tick `now`.
    pub(super) fn may(&self, channel: &Channel<'_>, want: Want, bank: u32, now: u64) -> bool {
        self.banks[want as usize].may(&self.plans[PLANS[want as usize]], channel, bank, now)
    }
}

impl Controller<'_> {
    /// Finds out anew what the requests of a bank want, of the queue that is being served.
    pub(super) fn look(&mut self, bank: u32) {
        let queue = &self.queues[usize::from(self.writing)];
        let age = |index: Option<Index>| index.map_or(NOBODY, |index| queue.entry(index).number);
        let (mut activate, mut precharge, mut column) = (NOBODY, NOBODY, NOBODY);
        if self.held[bank as usize] > 0 {
        } else if self.open(bank).is_some() {
            let (hit, miss) = (queue.hit(bank), queue.miss(bank));
            column = age(hit);
            let kept = self.setup.spec.scheduler == Scheduler::FrFcfsRowHit
                && hit
                    .zip(miss)
                    .is_some_and(|(hit, miss)| queue.entry(hit).arrive <= queue.entry(miss).arrive);
            if self.active_of[bank as usize] == 0 && !kept {
                precharge = age(miss);
            }
        } else {
            let full = self.setup.full(self.active.len());
            activate = if full { NOBODY } else { age(queue.oldest_of(bank)) };
        }
        let (read, write) = if self.writing { (NOBODY, column) } else { (column, NOBODY) };
        let (wants, channel) = (&mut self.wants, &self.channel);
        wants.set(channel, Want::Activate, bank, activate);
        wants.set(channel, Want::Precharge, bank, precharge);
        wants.set(channel, Want::Read, bank, read);
        wants.set(channel, Want::Write, bank, write);
    }

    /// Finds out anew what all banks want.
    pub(super) fn look_all(&mut self) {
        for bank in 0..self.setup.banks as u32 {
            self.look(bank);
        }
    }

    /// Finds out anew what the requests want that a bank's row was opened for.
    #[inline]
    pub(super) fn look_active(&mut self, bank: u32) {
        let (mut read, mut write) = (NOBODY, NOBODY);
        if self.active_of[bank as usize] > 0 {
            let open = self.open(bank);
            for active in &self.active {
                if active.access.bank == bank && Some(active.access.row) == open {
                    let oldest = if active.access.write { &mut write } else { &mut read };
                    *oldest = active.arrive.min(*oldest);
                }
            }
        }
        self.wants.set(&self.channel, Want::ActiveRead, bank, read);
        self.wants.set(&self.channel, Want::ActiveWrite, bank, write);
    }

    /// Turns from reads to writes or back if the queues say so.
    pub(super) fn turn(&mut self) {
        if self.turns() {
            self.writing = !self.writing;
            self.look_all();
        }
    }

    pub(super) fn turns(&self) -> bool {
        let (reads, writes) = (self.queues[0].len(), self.queues[1].len());
        self.setup.writes(self.writing, reads, writes) != self.writing
    }
}
