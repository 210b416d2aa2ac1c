//! Refreshes, and precharges of the row policy.

use std::cmp::Reverse;

use super::Controller;
use crate::controller::maintenance::{Item, next_command};
use crate::controller::spec::{Maintenance, StalePrecharge};
use crate::dram::CommandId;
use crate::family::Bus;
use crate::sequencer::Sink;

impl Controller<'_> {
    /// Takes what falls due.
    pub(super) fn fall_due(&mut self, now: u64) {
        let mut due = Vec::new();
        let Self { refresher, queues, active_of, used, .. } = self;
        let burden = |bank: u32| {
            let queued = queues.iter().any(|queue| queue.oldest_of(bank).is_some());
            (queued || active_of[bank as usize] > 0, Reverse(used[bank as usize]))
        };
        refresher.tick(now, burden, |item| due.push(item));
        due.into_iter().for_each(|item| self.push(item));
        self.due = self.refresher.due();
    }

    /// Orders precharges for the banks that have served enough.
    pub(super) fn close_full(&mut self, now: u64) {
        let command = self.setup.host.precharge;
        let mut place = 0;
        while let Some(&target) = self.cap.full().get(place) {
            if self.channel.earliest(command, target).at.0 <= now {
                self.push(Item::precharge(command, target));
                self.cap.order(target);
            } else {
                place += 1;
            }
        }
    }

    fn push(&mut self, item: Item) {
        self.items.push_back(item);
        self.hold(item, true);
    }

    /// An item begins or ceases to keep new work from its banks.
    fn hold(&mut self, item: Item, begins: bool) {
        if self.setup.spec.maintenance == Maintenance::Target {
            for &bank in self.banks(item.command, item.target) {
                let held = &mut self.held[bank as usize];
                *held = if begins { *held + 1 } else { *held - 1 };
                self.look(bank);
            }
        }
    }

    /// Items that may issue a command.
    fn considered(&self) -> usize {
        match self.setup.spec.maintenance {
            Maintenance::Target => self.items.len(),
            Maintenance::Channel => self.items.len().min(1),
        }
    }

    fn next_of(&self, item: Item) -> (CommandId, u32) {
        let host = self.setup.host;
        next_command(self.setup.dram, host.precharge, host.precharge_all, item, |bank| {
            self.open(bank).is_some()
        })
    }

    /// Issues the first maintenance command that may go; whether there was one.
    pub(super) fn maintain(&mut self, bus: Bus, now: u64, sink: &mut impl Sink) -> bool {
        for index in 0..self.considered() {
            let item = self.items[index];
            let (command, target) = self.next_of(item);
            if !self.on(bus, command)
                || !self.ready(command, target, now)
                || self.robs(command, target)
            {
                continue;
            }
            let done = (command, target) == (item.command, item.target);
            if done {
                self.items.remove(index);
            }
            self.send(command, target, None, now, sink);
            if done {
                self.hold(item, false);
            }
            return true;
        }
        false
    }

    /// Forgets precharges for a bank that has been closed.
    pub(super) fn drop_stale(&mut self, bank: u32) {
        let stale = |item: &Item| item.precharge && item.target == bank;
        if self.setup.spec.stale_precharge == StalePrecharge::Dropped {
            while let Some(index) = self.items.iter().position(stale) {
                if let Some(item) = self.items.remove(index) {
                    self.hold(item, false);
                }
            }
        }
    }

    /// The first tick from `soon` on on which one of these commands may issue, or a precharge be ordered.
    pub(super) fn next_upkeep(&self, soon: u64) -> u64 {
        let mut next = u64::MAX;
        for &item in self.items.range(..self.considered()) {
            let (command, target) = self.next_of(item);
            if !self.robs(command, target) {
                next = next.min(self.earliest(command, target, soon));
            }
        }
        let precharge = self.setup.host.precharge;
        for &bank in self.cap.full() {
            next = next.min(self.channel.earliest(precharge, bank).at.0.max(soon));
        }
        next
    }
}
