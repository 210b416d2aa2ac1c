//! One channel's controller: which of the buffered requests gets the two command slots of a cycle.

mod choice;

use std::collections::VecDeque;

use pim_dram::channel::{Channel, OpenRow};
use pim_dram::device::{CommandId, Device};
use pim_dram::family::{Buffer, Bus};
use pim_dram::geometry::{Level, Node};
use pim_dram::sequencer::{Issued, Sink};
use pim_dram::time::Ticks;

use super::request::{Commands, Request};

/// States of the simulator, which pace commands differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Revision {
    /// attacc_simulator@c600051.
    C600051,
    /// The one behind the second part of its table of attention results: a waiting refresh takes the second slot too.
    LaterTable,
    /// The one behind the first part: one command a cycle, and barriers hold row commands back like all others.
    EarlierTable,
}

/// Requests that a channel's buffer takes.
const BUFFERED: usize = 33;

/// A command that a request needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    command: CommandId,
    target: u32,
    row: Option<u32>,
    column: u32,
}

/// What a cycle's first slot leaves to its second.
#[derive(Clone, Copy, PartialEq, Eq)]
enum First {
    /// Nothing may follow.
    Nothing,
    /// A row command went out or, if a refresh waits, was tried.
    Row,
    /// A column command went out.
    Column,
}

/// A channel with its requests.
pub(super) struct Controller<'d> {
    channel: Channel<'d>,
    commands: Commands,
    refresh_command: CommandId,
    revision: Revision,
    requests: VecDeque<Request>,
    /// Pseudo-channels whose refresh waits, oldest first.
    refreshes: VecDeque<u32>,
    due: Option<Ticks>,
    wakes: Ticks,
    /// The last answer of the channel within a look, as neighbours in the buffer ask the same.
    asked: Option<(CommandId, u32, Ticks)>,
    /// Per request, whether its command was ready before the first slot's went out.
    ready_before: Vec<bool>,
    /// Banks with a request that finds its row open.
    hits: Vec<u32>,
}

impl<'d> Controller<'d> {
    /// Nothing open, nothing to do.
    pub(super) fn new(device: &'d Device, commands: Commands, revision: Revision) -> Self {
        Self {
            channel: Channel::new(device),
            commands,
            refresh_command: device.roles.refresh,
            revision,
            requests: VecDeque::with_capacity(BUFFERED),
            refreshes: VecDeque::new(),
            due: device.refresh_interval,
            wakes: device.refresh_interval.unwrap_or(Ticks(u64::MAX)),
            asked: None,
            ready_before: Vec::with_capacity(BUFFERED),
            hits: Vec::new(),
        }
    }

    /// Takes a request at the start of a cycle if there is room.
    pub(super) fn offer(&mut self, request: Request, now: Ticks) -> bool {
        let room = self.requests.len() < BUFFERED;
        if room {
            self.requests.push_back(request);
            self.wakes = now;
        }
        room
    }

    /// Neither request nor refresh waits.
    pub(super) fn is_idle(&self) -> bool {
        self.requests.is_empty() && self.refreshes.is_empty()
    }

    /// The next cycle at which something may happen.
    pub(super) fn wakes(&self) -> Ticks {
        self.wakes
    }

    /// One cycle.
    pub(super) fn step(&mut self, now: Ticks, sink: &mut impl Sink) {
        let device = self.channel.dram();
        if let (Some(due), Some(interval)) = (self.due, device.refresh_interval)
            && due <= now
        {
            self.refreshes.extend(0..device.topology.count(Level::PseudoChannel));
            self.due = Some(due + interval);
        }
        self.wakes = self.due.unwrap_or(Ticks(u64::MAX));
        self.asked = None;
        let first = match self.refreshes.front() {
            Some(&pseudo_channel) => self.refresh(pseudo_channel, now, sink),
            None => self.first(now, sink),
        };
        let second = match self.revision {
            Revision::C600051 => true,
            Revision::LaterTable => self.refreshes.is_empty(),
            Revision::EarlierTable => false,
        };
        if second {
            self.second(first, now, sink);
        }
    }

    /// The first slot while a refresh waits.
    fn refresh(&mut self, pseudo_channel: u32, now: Ticks, sink: &mut impl Sink) -> First {
        let whole = Node { level: Level::Channel, index: 0 };
        let closed = self.channel.open_row(Buffer::Pim, whole) == OpenRow::Closed;
        let (command, target) = if closed {
            (self.refresh_command, pseudo_channel)
        } else {
            (self.commands.precharge_all, 0)
        };
        let at = self.channel.earliest(command, target).at;
        if at > now {
            self.wakes = self.wakes.min(at);
            // Nothing went out, so that no request finds a bus taken.
            self.ready_before.clear();
            return First::Row;
        }
        self.note_ready(command, now);
        self.issue(Step { command, target, row: None, column: 0 }, now, sink);
        if closed {
            self.refreshes.pop_front();
        }
        First::Row
    }

    /// The first slot otherwise.
    fn first(&mut self, now: Ticks, sink: &mut impl Sink) -> First {
        self.ready_before.clear();
        let Some(index) = self.winner(now) else { return First::Nothing };
        let Some(step) = self.next_of(self.requests[index]) else {
            // A second barrier in a row takes the slot for itself.
            self.take(index, now);
            return First::Nothing;
        };
        self.note_ready(step.command, now);
        self.serve(index, step, now, sink);
        match self.channel.dram().command(step.command).bus {
            Bus::Row => First::Row,
            Bus::Column => First::Column,
        }
    }

    fn second(&mut self, first: First, now: Ticks, sink: &mut impl Sink) {
        let Some(index) = self.winner(now) else { return };
        let Some(step) = self.next_of(self.requests[index]) else { return };
        let other = match first {
            First::Nothing => return,
            First::Row => Bus::Column,
            First::Column => Bus::Row,
        };
        if self.channel.dram().command(step.command).bus == other {
            self.serve(index, step, now, sink);
        }
    }

    /// The command that a request needs next; `None` for a barrier.
    fn next_of(&self, request: Request) -> Option<Step> {
        let (bank, row, column) = match request {
            Request::Barrier => return None,
            Request::Move { command, bank } => {
                return Some(Step { command, target: bank, row: None, column: 0 });
            }
            Request::Mac { bank, row, column } => (bank, row, column),
        };
        let target = self.target(bank);
        match self.open_row(bank) {
            OpenRow::Row(open) if open == row => {
                Some(Step { command: self.commands.mac, target, row: Some(row), column })
            }
            OpenRow::Closed => self.opens(request),
            OpenRow::Row(_) | OpenRow::Mixed => {
                Some(Step { command: self.commands.precharge, target, row: None, column: 0 })
            }
        }
    }

    /// The activation for a request.
    fn opens(&self, request: Request) -> Option<Step> {
        let Request::Mac { bank, row, .. } = request else { return None };
        let (command, target) = (self.commands.activate, self.target(bank));
        Some(Step { command, target, row: Some(row), column: 0 })
    }

    /// Rows of banks that are opened together are looked up in the first of them.
    fn open_row(&self, bank: u32) -> OpenRow {
        self.channel.open_row(Buffer::Pim, Node { level: Level::Bank, index: bank })
    }

    fn target(&self, bank: u32) -> u32 {
        match self.channel.dram().command(self.commands.mac).reach {
            Level::Channel => 0,
            _ => bank,
        }
    }

    /// Sends the next command of a request, which leaves with its last.
    fn serve(&mut self, index: usize, step: Step, now: Ticks, sink: &mut impl Sink) {
        self.issue(step, now, sink);
        let command = step.command;
        if command != self.commands.activate && command != self.commands.precharge {
            self.take(index, now);
        }
    }

    fn take(&mut self, index: usize, now: Ticks) {
        self.requests.remove(index);
        if index < self.ready_before.len() {
            self.ready_before.remove(index);
        }
        self.wakes = now + Ticks(1);
    }

    fn issue(&mut self, step: Step, now: Ticks, sink: &mut impl Sink) {
        let Step { command, target, row, column } = step;
        let device = self.channel.dram();
        let earliest = self.channel.earliest(command, target);
        let because = earliest.because.filter(|_| earliest.at == now);
        self.channel.issue(command, target, row, now);
        self.asked = None;
        self.wakes = now + Ticks(1);
        let node = Node { level: device.command(command).reach, index: target };
        let lane = device.topology.pseudo_channel(node);
        sink.issued(&Issued { at: now, command, target, row, column, lane, because });
    }
}
