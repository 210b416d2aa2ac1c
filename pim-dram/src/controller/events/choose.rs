//! Which request goes next.

use super::wants::Want;
use super::{Active, Controller};
use crate::controller::access::Access;
use crate::controller::slab::Index;
use crate::controller::waiting::Entry;
use crate::dram::CommandId;
use crate::family::Bus;
use crate::sequencer::Sink;

/// Where a request waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Its row was opened for it.
    Active(usize),
    /// In a queue.
    Queue(Queued),
}

/// A request in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Queued {
    pub(super) index: Index,
    pub(super) access: Access,
}

impl Controller<'_> {
    /// What a bus may take on tick `now`.
    pub(super) fn slot(&mut self, bus: Bus, now: u64, sink: &mut impl Sink) {
        if bus == Bus::Column
            && let Some(place) = self.active_ready(now)
        {
            return self.serve(place, now, sink);
        }
        if !self.items.is_empty() && (self.maintain(bus, now, sink) || self.all_held()) {
            return;
        }
        self.turn();
        if let Some(urgent) = self.urgent(now) {
            // Those whose row is open have had their turn above.
            let Some(request) = urgent else { return };
            let (bank, command) = (request.access.bank, self.next(&request.access));
            let may = self.on(bus, command) && self.ready(command, bank, now);
            if may && !self.robs(command, bank) && !self.crowds(command) {
                self.advance(request, command, now, sink);
            }
            return;
        }
        let column = if self.writing { Want::Write } else { Want::Read };
        let wants = [Want::Activate, Want::Precharge, column];
        let Some((_, bank, want)) = self.wants.oldest(&self.channel, &wants, bus, now) else {
            return;
        };
        let queue = &self.queues[usize::from(self.writing)];
        let index = match want {
            Want::Activate => queue.oldest_of(bank),
            Want::Precharge => queue.miss(bank),
            _ => queue.hit(bank),
        };
        if let Some(index) = index {
            let access = queue.entry(index).access;
            self.advance(Queued { index, access }, self.wants.command(want), now, sink);
        }
    }

    /// The oldest request with an open row that may have its column command now; of several, the one whose row was opened
    /// first.
    fn active_ready(&mut self, now: u64) -> Option<Place> {
        if self.active.is_empty() {
            return None;
        }
        let wants = [Want::ActiveRead, Want::ActiveWrite];
        let (age, ..) = self.wants.oldest(&self.channel, &wants, Bus::Column, now)?;
        let goes = |active: &Active| {
            let want = wants[usize::from(active.access.write)];
            active.arrive == age
                && self.open(active.access.bank) == Some(active.access.row)
                && self.wants.may(&self.channel, want, active.access.bank, now)
        };
        self.active.iter().position(goes).map(Place::Active)
    }

    /// The first tick on which a refresh that waits keeps anything new from being begun.
    pub(super) fn pressed(&self) -> Option<u64> {
        let of_items = || self.items.iter().map(|item| item.presses).min();
        self.setup.spec.max_wait.and_then(|_| of_items())
    }

    /// The oldest request of all, if it has waited too long and its bank takes work; none of a queue if its row is open.
    #[inline]
    pub(super) fn urgent(&self, now: u64) -> Option<Option<Queued>> {
        if self.pressed().is_some_and(|from| now >= from) {
            return Some(None);
        }
        if now < self.patient {
            return None;
        }
        let (from, request) = self.oldest()?;
        let held = request.is_some_and(|request| self.held[request.access.bank as usize] > 0);
        (now >= from && !held).then_some(request)
    }

    /// The oldest request of all, with the tick from which on it may no longer be overtaken; none of a queue if its row is open.
    pub(super) fn oldest(&self) -> Option<(u64, Option<Queued>)> {
        self.setup.spec.max_wait?;
        let of = |write: bool| {
            let queue = &self.queues[usize::from(write)];
            let index = queue.oldest()?;
            let Entry { arrive, id, access, .. } = *queue.entry(index);
            Some((arrive, id, Some(Queued { index, access })))
        };
        let active = self.active.iter().map(|active| (active.arrive, active.id, None));
        let all = [of(false), of(true)].into_iter().flatten().chain(active);
        let (arrive, _, request) = all.min_by_key(|&(arrive, id, _)| (arrive, id))?;
        Some((self.setup.urgent_from(arrive), request))
    }

    /// Whether a command opens a row while as many wait for their bursts as may.
    pub(super) fn crowds(&self, command: CommandId) -> bool {
        command == self.setup.host.activate && self.setup.full(self.active.len())
    }

    /// What an access needs next.
    pub(super) fn next(&self, access: &Access) -> CommandId {
        let host = self.setup.host;
        match self.open(access.bank) {
            None => host.activate,
            Some(row) if row != access.row => host.precharge,
            Some(_) if access.write => host.write,
            Some(_) => host.read,
        }
    }
}
