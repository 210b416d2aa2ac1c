//! What a controller does besides requests: refreshes as they fall due, and precharges of the row policy.

use std::cmp::Reverse;
use std::collections::VecDeque;

use super::pressing::Pressing;
use super::spec::{ControllerSpec, PerBankRefresh};
use crate::dram::{CommandId, Dram};
use crate::geometry::{Level, Node};
use crate::refresh::{Duty, RefreshPlan};
use crate::spec::Refresh;
use crate::time::Ticks;

/// A command that is due, whatever has to be closed before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) command: CommandId,
    pub(super) target: u32,
    /// Closes a row for the row policy; otherwise a refresh.
    pub(super) precharge: bool,
    /// From this tick on a refresh waits for nothing but what has begun.
    pub(super) presses: u64,
}

impl Item {
    fn refresh(command: CommandId, target: u32, presses: u64) -> Self {
        Self { command, target, precharge: false, presses }
    }

    /// A precharge for the row policy.
    pub(super) fn precharge(command: CommandId, target: u32) -> Self {
        Self { command, target, precharge: true, presses: u64::MAX }
    }
}

/// What the refresh of a bank keeps waiting: requests there are, or those that may come. What was used last is expected last, as
/// streams leave banks behind.
pub(super) type Burden = (bool, Reverse<u64>);

/// Refreshes as they fall due. Ticks of the controller are counted from `first_tick` here, as its reports count them.
#[derive(Clone, Debug)]
pub(super) struct Refresher<'d> {
    dram: &'d Dram,
    scheme: Option<Scheme<'d>>,
    /// Ticks after which a refresh presses.
    presses: u64,
    first_tick: u64,
}

#[derive(Clone, Debug)]
enum Scheme<'d> {
    Duties {
        plan: &'d RefreshPlan,
        duties: Vec<Duty>,
        /// Per duty, whose turn is still to come in this round, where idle ones go first.
        idle_first: Option<Vec<Vec<u32>>>,
    },
    Lockstep(Lockstep),
}

impl<'d> Refresher<'d> {
    pub(super) fn new(dram: &'d Dram, spec: &ControllerSpec, pressing: Pressing) -> Self {
        let order = spec.per_bank_refresh;
        let scheme = dram.refresh.as_ref().map(|plan| {
            if dram.spec.refresh == Refresh::PerBank && order == PerBankRefresh::Lockstep {
                Scheme::Lockstep(Lockstep::new(dram, plan))
            } else {
                let left = || vec![Vec::new(); plan.turns.len()];
                let idle_first = (order == PerBankRefresh::IdleFirst).then(left);
                Scheme::Duties { plan, duties: plan.duties(), idle_first }
            }
        });
        Self { dram, scheme, presses: pressing.after, first_tick: spec.first_tick }
    }

    /// The next tick on which something falls due.
    pub(super) fn due(&self) -> u64 {
        let counted = match &self.scheme {
            None => return u64::MAX,
            Some(Scheme::Duties { duties, .. }) => duties.iter().map(|d| d.due.0).min(),
            Some(Scheme::Lockstep(lockstep)) => Some(lockstep.due()),
        };
        counted.map_or(u64::MAX, |at| at.saturating_sub(self.first_tick))
    }

    /// Hands over what falls due on tick `now`; of several banks that may be refreshed the one with the least `burden` goes first.
    pub(super) fn tick(
        &mut self,
        now: u64,
        burden: impl Fn(u32) -> Burden,
        mut due: impl FnMut(Item),
    ) {
        let tick = now;
        let now = now + self.first_tick;
        match &mut self.scheme {
            None => {}
            Some(Scheme::Duties { plan, duties, idle_first }) => {
                let level = self.dram.command(plan.command).reach;
                let banks = |index| self.dram.topology.banks(Node { level, index });
                for (index, duty) in duties.iter_mut().enumerate() {
                    while duty.due.0 <= now {
                        let target = match idle_first {
                            None => plan.target(index, *duty),
                            Some(left) => {
                                let left = &mut left[index];
                                if left.is_empty() {
                                    left.clone_from(&plan.turns[index]);
                                }
                                let of = |&place: &usize| {
                                    banks(left[place]).iter().map(|&bank| burden(bank)).max()
                                };
                                let least = (0..left.len()).min_by_key(of).unwrap_or_default();
                                left.remove(least)
                            }
                        };
                        due(Item::refresh(plan.command, target, tick + self.presses));
                        *duty = plan.done(index, *duty);
                    }
                }
            }
            Some(Scheme::Lockstep(lockstep)) => {
                let presses = tick + self.presses.min(lockstep.interval / 2);
                lockstep.tick(now, presses, due);
            }
        }
    }
}

/// One bank of every pseudo-channel at a time, all banks of a rank before the next rank; a rank is begun again no sooner than
/// tRFCpb after its last bank. At most one refresh falls due on a tick.
#[derive(Clone, Debug)]
struct Lockstep {
    command: CommandId,
    /// Between two banks.
    interval: u64,
    /// tRFCpb.
    recovery: u64,
    /// [rank of a pseudo-channel][place in the rank][pseudo-channel]: the bank.
    banks: Vec<Vec<Vec<u32>>>,
    /// Whose turn it is.
    rank: usize,
    place: usize,
    next: u64,
    /// Banks of this turn that have still to fall due, with their rank and place.
    pending: VecDeque<(u32, usize, usize)>,
    /// Per rank and pseudo-channel: when it may be begun again.
    allowed: Vec<Vec<u64>>,
}

impl Lockstep {
    fn new(dram: &Dram, plan: &RefreshPlan) -> Self {
        let geometry = &dram.spec.geometry;
        let bank = |pseudo_channel: u32, rank: u32, place: u32| {
            (pseudo_channel * geometry.ranks + rank) * geometry.banks + place
        };
        let (channels, ranks) = (geometry.pseudo_channels, geometry.ranks);
        let of_place = |rank, place| (0..channels).map(move |pc| bank(pc, rank, place)).collect();
        let of_rank = |rank| (0..geometry.banks).map(|place| of_place(rank, place)).collect();
        let recovery = dram.spec.timing.get("tRFCpb").map_or(Ticks(0), |&delay| dram.ticks(delay));
        // The plan's own turns go round a rank; here all ranks take turns, a whole number of clocks apart.
        let clocks = dram.clock.clocks(plan.interval).div_ceil(ranks.into());
        let interval = dram.clock.ticks(clocks).0;
        Self {
            command: plan.command,
            interval,
            recovery: recovery.0,
            banks: (0..ranks).map(of_rank).collect(),
            rank: 0,
            place: 0,
            next: interval,
            pending: VecDeque::new(),
            allowed: vec![vec![0; channels as usize]; ranks as usize],
        }
    }

    fn due(&self) -> u64 {
        if self.pending.is_empty() { self.next.max(self.begin()) } else { 0 }
    }

    /// When the rank whose turn it is may be refreshed.
    fn begin(&self) -> u64 {
        self.allowed[self.rank].iter().copied().max().unwrap_or_default()
    }

    /// `now` is as reports number it, `presses` is not.
    fn tick(&mut self, now: u64, presses: u64, mut due: impl FnMut(Item)) {
        if self.pending.is_empty() {
            if now < self.next {
                return;
            }
            if now < self.begin() {
                self.next = self.begin();
                return;
            }
            let banks = &self.banks[self.rank][self.place];
            self.pending.extend(banks.iter().map(|&bank| (bank, self.rank, self.place)));
            self.place += 1;
            if self.place == self.banks[self.rank].len() {
                self.place = 0;
                self.rank = (self.rank + 1) % self.banks.len();
            }
            self.next += self.interval;
        }
        if let Some((target, rank, place)) = self.pending.pop_front() {
            due(Item::refresh(self.command, target, presses));
            let of_rank = &self.banks[rank];
            if place + 1 == of_rank.len() {
                let channel = of_rank[place].iter().position(|&bank| bank == target);
                self.allowed[rank][channel.unwrap_or_default()] = now + self.recovery;
            }
        }
    }
}

/// What has to be closed before an item, or the item itself: (command, target).
pub(super) fn next_command(
    dram: &Dram,
    precharge: CommandId,
    precharge_all: CommandId,
    item: Item,
    is_open: impl Fn(u32) -> bool,
) -> (CommandId, u32) {
    let level = dram.command(item.command).reach;
    let banks = dram.reached(item.command, item.target);
    let open = banks.iter().copied().find(|&bank| !item.precharge && is_open(bank));
    let Some(bank) = open else { return (item.command, item.target) };
    let all = dram.command(precharge_all).reach;
    if level == all || level.contains(all) {
        (precharge_all, dram.topology.node_of(all, bank))
    } else {
        (precharge, dram.topology.node_of(Level::Bank, bank))
    }
}
