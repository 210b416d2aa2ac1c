//! The controller: from one tick on which something can happen to the next, at a cost that does not depend on how many requests
//! wait.

mod choose;
mod issue;
mod upkeep;
mod wants;

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use self::wants::{Want, Wants};
use super::access::Access;
use super::candidates::Age;
use super::cap::Cap;
use super::engine::Engine;
use super::maintenance::{Item, Refresher};
use super::record::Record;
use super::setup::{ControllerError, Setup};
use super::spec::{ControllerSpec, Hazards, Maintenance};
use super::waiting::Waiting;
use crate::channel::Channel;
use crate::dram::{CommandId, Dram};
use crate::family::{Bus, RowEffect};
use crate::sequencer::Sink;
use crate::time::Ticks;

/// A request for which a row was opened.
#[derive(Clone, Copy, Debug)]
struct Active {
    access: Access,
    id: u32,
    arrive: Age,
}

/// A controller of one channel.
#[derive(Clone, Debug)]
pub struct Controller<'d> {
    setup: Setup<'d>,
    channel: Channel<'d>,
    wants: Wants,
    queues: [Waiting; 2],
    /// In the order in which the rows were opened.
    active: Vec<Active>,
    /// Per bank.
    active_of: Vec<u32>,
    items: VecDeque<Item>,
    /// Per bank: maintenance that keeps new work from it.
    held: Vec<u32>,
    refresher: Refresher<'d>,
    /// When the next refresh falls due.
    due: u64,
    cap: Cap,
    /// Writes are being served.
    writing: bool,
    /// Per bank, the tick of its last column command.
    used: Vec<u64>,
    /// Before this tick no request has waited too long; from then on the oldest one is looked up.
    patient: u64,
    /// Before this tick there is nothing to do.
    quiet: u64,
    /// What writes that wait answer.
    buffered: FxHashSet<u64>,
    record: Record,
}

impl<'d> Controller<'d> {
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
        let refresher = setup.refresher();
        Ok(Self {
            channel: Channel::new(dram),
            wants: Wants::new(dram, setup.host),
            queues: [Waiting::new(setup.banks), Waiting::new(setup.banks)],
            active: Vec::new(),
            active_of: vec![0; setup.banks],
            items: VecDeque::new(),
            held: vec![0; setup.banks],
            due: refresher.due(),
            refresher,
            cap: setup.cap(),
            writing: false,
            used: vec![0; setup.banks],
            patient: u64::MAX,
            quiet: 0,
            buffered: FxHashSet::default(),
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

    fn on(&self, bus: Bus, command: CommandId) -> bool {
        self.setup.dram.command(command).bus == bus
    }

    /// The first tick from `soon` on on which a command may issue.
    fn earliest(&self, command: CommandId, target: u32, soon: u64) -> u64 {
        let at = self.channel.earliest(command, target).at;
        self.setup.dram.align(command, at.max(Ticks(soon))).0
    }

    fn ready(&self, command: CommandId, target: u32, now: u64) -> bool {
        self.earliest(command, target, now) == now
    }

    /// Whether a command would close a row that was opened for a request which still waits for it.
    fn robs(&self, command: CommandId, target: u32) -> bool {
        matches!(self.setup.dram.command(command).row, RowEffect::Closes(_))
            && self.banks(command, target).iter().any(|&bank| self.active_of[bank as usize] > 0)
    }

    /// Whether waiting maintenance keeps all requests back that have no row yet.
    fn all_held(&self) -> bool {
        !self.items.is_empty() && self.setup.spec.maintenance == Maintenance::Channel
    }

    /// The next tick after `now` on which a command may issue or something falls due.
    fn next_tick(&mut self, now: u64) -> u64 {
        let soon = now + 1;
        let mut next = self.due.max(soon);
        if !self.items.is_empty() || !self.cap.full().is_empty() {
            next = next.min(self.next_upkeep(soon));
        }
        if !self.active.is_empty() {
            next = next.min(self.wants.next(
                &self.channel,
                &[Want::ActiveRead, Want::ActiveWrite],
                soon,
            ));
        }
        if self.all_held() {
            return next;
        }
        if self.turns() {
            return soon;
        }
        if self.patient <= now {
            // The request it spoke of may have been served.
            self.patient = self.oldest().map_or(u64::MAX, |(from, _)| from);
        }
        let changes = [Some(self.patient), self.pressed()].into_iter().flatten();
        next = changes.filter(|&from| from > now).fold(next, u64::min);
        if let Some(urgent) = self.urgent(now) {
            let Some(request) = urgent else { return next };
            let (bank, command) = (request.access.bank, self.next(&request.access));
            let robs = self.robs(command, bank) || self.crowds(command);
            return if robs { next } else { next.min(self.earliest(command, bank, soon)) };
        }
        let column = if self.writing { Want::Write } else { Want::Read };
        next.min(self.wants.next(&self.channel, &[Want::Activate, Want::Precharge, column], soon))
    }
}

impl Engine for Controller<'_> {
    #[inline]
    fn accepts(&self, access: &Access) -> bool {
        let write = access.write;
        let hazard = write && self.setup.spec.hazards == Hazards::Ordered && {
            let waits =
                |active: &Active| !active.access.write && active.access.address == access.address;
            self.queues[0].contains(access) || self.active.iter().any(waits)
        };
        let room = self.queues[usize::from(write)].len() < self.setup.size(write);
        !hazard && (room || self.buffered.contains(&self.setup.key(access)))
    }

    fn accept(&mut self, access: Access, id: u32, now: u64) {
        if !self.buffered.is_empty() && self.buffered.contains(&self.setup.key(&access)) {
            if access.write {
                self.record.coalesce(id, now);
            } else {
                self.record.forward(id, now, self.setup.spec.forwarding.departs);
            }
            return;
        }
        if access.write {
            self.buffered.insert(self.setup.key(&access));
        }
        self.record.queued(id, now);
        self.patient = self.patient.min(self.setup.urgent_from(now));
        self.quiet = self.quiet.min(self.patient);
        let first = self.queues[usize::from(access.write)].push(access, id, now);
        if first && access.write == self.writing {
            self.look(access.bank);
            self.quiet = self.quiet.min(self.wants.known());
        }
    }

    fn tick(&mut self, now: u64, sink: &mut impl Sink) -> Result<u64, ControllerError> {
        if now < self.quiet && (self.all_held() || !self.turns()) {
            return Ok(self.quiet);
        }
        if now >= self.due {
            self.fall_due(now);
        }
        if !self.cap.full().is_empty() {
            self.close_full(now);
        }
        let (waiting, requests) = (self.items.len(), self.record.outstanding);
        if waiting > self.setup.spec.maintenance_queue as usize {
            return Err(ControllerError::Overflow { at: now, waiting, requests });
        }
        self.slot(Bus::Column, now, sink);
        self.slot(Bus::Row, now, sink);
        self.quiet = self.next_tick(now);
        Ok(self.quiet)
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
