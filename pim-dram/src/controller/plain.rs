//! The controller in its plainest form: every tick, every waiting request is looked at. It is what [`super::Controller`] is held
//! against.

use std::cmp::Reverse;
use std::collections::VecDeque;

use super::access::Access;
use super::cap::Cap;
use super::engine::Engine;
use super::maintenance::{Item, Refresher, next_command};
use super::record::{Found, Record};
use super::setup::{ControllerError, Setup};
use super::spec::{
    AutoPrecharge, ControllerSpec, ForwardingEnd, Hazards, Maintenance, Scheduler, StalePrecharge,
};
use crate::channel::Channel;
use crate::dram::{CommandId, Dram};
use crate::family::{Bus, RowEffect};
use crate::sequencer::{Issued, Sink};
use crate::time::Ticks;

/// A request that waits.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    access: Access,
    id: u32,
    arrive: u64,
    /// A command was issued for it.
    begun: bool,
}

/// Where a request waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A row was opened for it.
    Active(usize),
    /// In the queue of reads (0) or writes (1).
    Queue(usize, usize),
}

/// A controller that looks at everything on every tick.
#[derive(Clone, Debug)]
pub struct Plain<'d> {
    setup: Setup<'d>,
    channel: Channel<'d>,
    queues: [Vec<Waiting>; 2],
    active: Vec<Waiting>,
    items: VecDeque<Item>,
    refresher: Refresher<'d>,
    cap: Cap,
    writing: bool,
    /// Per bank, the tick of its last column command.
    used: Vec<u64>,
    record: Record,
}

impl<'d> Plain<'d> {
    /// A channel at tick 0 that will be asked for so many requests.
    ///
    /// # Errors
    /// A device without host commands, strategies that make no sense.
    pub fn new(
        dram: &'d Dram,
        spec: &ControllerSpec,
        requests: usize,
    ) -> Result<Self, ControllerError> {
        let setup = Setup::new(dram, spec)?;
        Ok(Self {
            channel: Channel::new(dram),
            queues: [Vec::new(), Vec::new()],
            active: Vec::new(),
            items: VecDeque::new(),
            refresher: setup.refresher(),
            cap: setup.cap(),
            writing: false,
            used: vec![0; setup.banks],
            record: Record::new(requests),
            setup,
        })
    }

    fn open(&self, bank: u32) -> Option<u32> {
        self.channel.row_of(self.setup.buffer, bank)
    }

    fn banks(&self, command: CommandId, target: u32) -> &'d [u32] {
        self.setup.dram.reached(command, target)
    }

    fn ready(&self, command: CommandId, target: u32, now: u64) -> bool {
        self.setup.dram.align(command, Ticks(now)).0 == now
            && self.channel.earliest(command, target).at.0 <= now
    }

    fn on(&self, bus: Bus, command: CommandId) -> bool {
        self.setup.dram.command(command).bus == bus
    }

    /// What an access needs next.
    fn next(&self, access: &Access) -> CommandId {
        let host = self.setup.host;
        match self.open(access.bank) {
            None => host.activate,
            Some(row) if row != access.row => host.precharge,
            Some(_) if access.write => host.write,
            Some(_) => host.read,
        }
    }

    /// Whether a command would close a row that was opened for a request which still waits for it.
    fn robs(&self, command: CommandId, target: u32) -> bool {
        matches!(self.setup.dram.command(command).row, RowEffect::Closes(_))
            && self
                .banks(command, target)
                .iter()
                .any(|&bank| self.active.iter().any(|waiting| waiting.access.bank == bank))
    }

    /// Whether a bank takes no new work.
    fn held(&self, bank: u32) -> bool {
        self.setup.spec.maintenance == Maintenance::Target
            && self.items.iter().any(|item| self.banks(item.command, item.target).contains(&bank))
    }

    /// Whether a command opens a row while as many wait for their bursts as may.
    fn crowds(&self, command: CommandId) -> bool {
        command == self.setup.host.activate && self.setup.full(self.active.len())
    }

    fn slot(&mut self, bus: Bus, now: u64, sink: &mut impl Sink) {
        if bus == Bus::Column
            && let Some(index) = self.active_ready(now)
        {
            let command = self.next(&self.active[index].access);
            return self.issue(Place::Active(index), command, now, sink);
        }
        if self.maintain(bus, now, sink) {
            return;
        }
        let all_held = self.setup.spec.maintenance == Maintenance::Channel;
        if all_held && !self.items.is_empty() {
            return;
        }
        self.writing = self.setup.writes(self.writing, self.queues[0].len(), self.queues[1].len());
        let presses = |item: &Item| now >= item.presses;
        if self.setup.spec.max_wait.is_some() && self.items.iter().any(presses) {
            return;
        }
        if let Some(place) = self.urgent(now) {
            // Those whose row is open have had their turn above.
            let Place::Queue(queue, index) = place else { return };
            let access = self.queues[queue][index].access;
            let command = self.next(&access);
            if self.on(bus, command)
                && self.ready(command, access.bank, now)
                && !self.robs(command, access.bank)
                && !self.crowds(command)
            {
                self.issue(Place::Queue(queue, index), command, now, sink);
            }
            return;
        }
        let queue = usize::from(self.writing);
        // Neighbours often want the same.
        let mut known = None;
        let mut ready = |command, bank| match known {
            Some((same, ready)) if same == (command, bank) => ready,
            _ => known.insert(((command, bank), self.ready(command, bank, now))).1,
        };
        let found = self.queues[queue].iter().position(|waiting| {
            let access = &waiting.access;
            let command = self.next(access);
            self.on(bus, command)
                && ready(command, access.bank)
                && !self.robs(command, access.bank)
                && !self.held(access.bank)
                && !self.crowds(command)
                && !self.preempts(queue, waiting, command)
        });
        if let Some(index) = found {
            let command = self.next(&self.queues[queue][index].access);
            self.issue(Place::Queue(queue, index), command, now, sink);
        }
    }

    /// The oldest request with an open row that may have its column command now.
    fn active_ready(&self, now: u64) -> Option<usize> {
        let ready = |&index: &usize| {
            let access = &self.active[index].access;
            let command = self.next(access);
            self.on(Bus::Column, command) && self.ready(command, access.bank, now)
        };
        (0..self.active.len()).filter(ready).min_by_key(|&index| self.active[index].arrive)
    }

    /// The oldest request of all, if it has waited too long and its bank takes work.
    fn urgent(&self, now: u64) -> Option<Place> {
        let oldest = |queue: usize| {
            let waiting = self.queues[queue].first()?;
            Some((waiting.arrive, waiting.id, Place::Queue(queue, 0)))
        };
        let active = self.active.iter().enumerate();
        let active = active.map(|(index, w)| (w.arrive, w.id, Place::Active(index)));
        let mut first = None;
        for (arrive, id, place) in [oldest(0), oldest(1)].into_iter().flatten().chain(active) {
            if first.is_none_or(|(before, other, _)| (arrive, id) < (before, other)) {
                first = Some((arrive, id, place));
            }
        }
        let (arrive, _, place) = first?;
        let held = match place {
            Place::Queue(queue, index) => self.held(self.queues[queue][index].access.bank),
            Place::Active(_) => false,
        };
        (now >= self.setup.urgent_from(arrive) && !held).then_some(place)
    }

    /// Whether a precharge for one request would take the row from another that came no later.
    fn preempts(&self, queue: usize, waiting: &Waiting, command: CommandId) -> bool {
        self.setup.spec.scheduler == Scheduler::FrFcfsRowHit
            && command == self.setup.host.precharge
            && self.queues[queue].iter().any(|other| {
                other.access.bank == waiting.access.bank
                    && self.open(other.access.bank) == Some(other.access.row)
                    && other.arrive <= waiting.arrive
            })
    }

    /// Issues the first maintenance command that may go; whether there was one.
    fn maintain(&mut self, bus: Bus, now: u64, sink: &mut impl Sink) -> bool {
        let considered = match self.setup.spec.maintenance {
            Maintenance::Target => self.items.len(),
            Maintenance::Channel => self.items.len().min(1),
        };
        for index in 0..considered {
            let item = self.items[index];
            let host = self.setup.host;
            let (command, target) =
                next_command(self.setup.dram, host.precharge, host.precharge_all, item, |bank| {
                    self.open(bank).is_some()
                });
            if !self.on(bus, command)
                || !self.ready(command, target, now)
                || self.robs(command, target)
            {
                continue;
            }
            if (command, target) == (item.command, item.target) {
                self.items.remove(index);
            }
            let (at, lane) = (Ticks(now), self.lane(command, target));
            self.channel.issue(command, target, None, at);
            sink.issued(&Issued { at, command, target, row: None, column: 0, lane, because: None });
            self.closed(command, target);
            return true;
        }
        false
    }

    /// Books a command that may have closed banks.
    fn closed(&mut self, command: CommandId, target: u32) {
        if !self.setup.dram.command(command).row.closes() {
            return;
        }
        for &bank in self.banks(command, target) {
            self.cap.close(bank);
            if self.setup.spec.stale_precharge == StalePrecharge::Dropped {
                self.items.retain(|item| !item.precharge || item.target != bank);
            }
        }
    }

    fn issue(&mut self, place: Place, mut command: CommandId, now: u64, sink: &mut impl Sink) {
        let host = self.setup.host;
        let mut waiting = match place {
            Place::Active(index) => self.active[index],
            Place::Queue(queue, index) => self.queues[queue][index],
        };
        let Access { bank, row, column, write, .. } = waiting.access;
        let last = command == host.read || command == host.write;
        if last && self.cap.reached(bank) && self.may_close(place, bank) {
            let closing = if write { host.write_precharge } else { host.read_precharge };
            command = closing.filter(|&c| self.ready(c, bank, now)).unwrap_or(command);
        }
        if !waiting.begun {
            let found = match command {
                c if c == host.activate => Found::Miss,
                c if c == host.precharge => Found::Conflict,
                _ => Found::Hit,
            };
            self.record.first(write, found);
            waiting.begun = true;
        }
        let (at, lane) = (Ticks(now), self.lane(command, bank));
        self.channel.issue(command, bank, Some(row), at);
        let row = Some(row);
        sink.issued(&Issued { at, command, target: bank, row, column, lane, because: None });
        self.closed(command, bank);
        if last {
            self.used[bank as usize] = now;
            if !self.setup.dram.command(command).row.closes() {
                self.cap.column(bank);
            }
            self.record.served(waiting.id, write, self.setup.departure(write, now));
            match place {
                Place::Active(index) => drop(self.active.remove(index)),
                Place::Queue(queue, index) => drop(self.queues[queue].remove(index)),
            }
        } else if let Place::Queue(queue, index) = place {
            if command == host.activate && self.active.len() < self.setup.banks {
                self.queues[queue].remove(index);
                self.active.push(waiting);
            } else {
                self.queues[queue][index] = waiting;
            }
        }
    }

    /// Whether a column command may close its row.
    fn may_close(&self, place: Place, bank: u32) -> bool {
        let others = (0..self.active.len())
            .filter(|&index| place != Place::Active(index))
            .any(|index| self.active[index].access.bank == bank);
        self.setup.spec.auto_precharge == AutoPrecharge::Any || !others
    }

    fn lane(&self, command: CommandId, target: u32) -> u32 {
        self.setup.dram.topology.pseudo_channel(self.setup.dram.node(command, target))
    }

    /// Writes that can answer reads.
    fn buffered(&self) -> impl Iterator<Item = &Waiting> {
        let active = self.setup.spec.forwarding.until == ForwardingEnd::Written;
        let active = self.active.iter().filter(move |waiting| active && waiting.access.write);
        self.queues[1].iter().chain(active)
    }

    fn is_buffered(&self, access: &Access) -> bool {
        let key = self.setup.key(access);
        self.buffered().any(|write| self.setup.key(&write.access) == key)
    }

    fn is_read(&self, address: u64) -> bool {
        let active = self.active.iter().filter(|waiting| !waiting.access.write);
        self.queues[0].iter().chain(active).any(|waiting| waiting.access.address == address)
    }
}

impl Engine for Plain<'_> {
    fn accepts(&self, access: &Access) -> bool {
        let hazard = access.write
            && self.setup.spec.hazards == Hazards::Ordered
            && self.is_read(access.address);
        let room = self.queues[usize::from(access.write)].len() < self.setup.size(access.write);
        !hazard && (room || self.is_buffered(access))
    }

    fn accept(&mut self, access: Access, id: u32, now: u64) {
        if self.is_buffered(&access) {
            if access.write {
                self.record.coalesce(id, now);
            } else {
                self.record.forward(id, now, self.setup.spec.forwarding.departs);
            }
            return;
        }
        self.record.queued(id, now);
        let waiting = Waiting { access, id, arrive: now, begun: false };
        self.queues[usize::from(access.write)].push(waiting);
    }

    fn tick(&mut self, now: u64, sink: &mut impl Sink) -> Result<u64, ControllerError> {
        let Self { refresher, items, queues: [reads, writes], active, used, .. } = self;
        let burden = |bank: u32| {
            let mut waiting = reads.iter().chain(&*writes).chain(&*active);
            let wanted = waiting.any(|waiting| waiting.access.bank == bank);
            (wanted, Reverse(used[bank as usize]))
        };
        refresher.tick(now, burden, |item| items.push_back(item));
        for bank in 0..self.setup.banks as u32 {
            let precharge = self.setup.host.precharge;
            if self.cap.full().contains(&bank) && self.channel.earliest(precharge, bank).at.0 <= now
            {
                self.items.push_back(Item::precharge(precharge, bank));
                self.cap.order(bank);
            }
        }
        let (waiting, requests) = (self.items.len(), self.record.outstanding);
        if waiting > self.setup.spec.maintenance_queue as usize {
            return Err(ControllerError::Overflow { at: now, waiting, requests });
        }
        self.slot(Bus::Column, now, sink);
        self.slot(Bus::Row, now, sink);
        Ok(now + 1)
    }

    fn patience(&self) -> u64 {
        self.setup.patience()
    }

    fn label(&self, now: u64) -> u64 {
        now.saturating_add(self.setup.spec.first_tick)
    }

    fn record(&self) -> &Record {
        &self.record
    }

    fn into_record(self) -> Record {
        self.record
    }
}
