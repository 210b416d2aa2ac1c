//! The host of one channel: the command that the head of the queue needs next, at its first legal cycle.

mod queue;
mod shared;

use std::collections::VecDeque;

use pim_dram::channel::{Channel, OpenRow};
use pim_dram::device::{CommandId, Device};
use pim_dram::family::Buffer;
use pim_dram::geometry::{Level, Node};
use pim_dram::sequencer::{Issued, Sink};
use pim_dram::time::Ticks;

use super::Instruction;
use super::names::Commands;
use super::request::{Mode, Request, Work};
use crate::peers::PeerError;
use queue::Queue;

/// A command that may come next, and when.
#[derive(Clone, Copy)]
struct Candidate {
    command: CommandId,
    target: u32,
    row: Option<u32>,
    at: Ticks,
    because: Option<CommandId>,
}

/// Runs instructions on one channel.
#[derive(Clone)]
pub struct Host<'d, S> {
    channel: Channel<'d>,
    commands: Commands,
    sink: S,
    mode: Mode,
    /// Cycle of the last command.
    now: Ticks,
    /// First cycle of the next instruction's commands.
    from: Ticks,
    /// When all that was issued is complete.
    complete: Ticks,
    /// The next refresh.
    due: Option<Ticks>,
    /// Plain reads and writes whose row is being opened.
    opening: VecDeque<Request>,
    queue: Queue,
}

impl<'d, S: Sink> Host<'d, S> {
    /// A host at cycle 0, all rows closed, in bank mode.
    ///
    /// # Errors
    /// A device without AiM's commands.
    pub fn new(device: &'d Device, sink: S) -> Result<Self, PeerError> {
        Ok(Self {
            channel: Channel::new(device),
            commands: Commands::of(device)?,
            sink,
            mode: Mode::Bank,
            now: Ticks(0),
            from: Ticks(1),
            complete: Ticks(0),
            due: device.refresh_interval,
            opening: VecDeque::new(),
            queue: Queue::default(),
        })
    }

    /// Runs one instruction: to the issue of its last command, plain reads and writes to the opening of their row.
    pub fn run(&mut self, instruction: Instruction) {
        let read_latency = self.channel.dram().read_latency.0;
        let work = Work::of(instruction, &self.commands, read_latency);
        if work.plain {
            return self.plain(work.request);
        }
        while self.issue_opened(Ticks(u64::MAX)) {}
        for column in 0..work.times {
            self.serve(work.request, column);
            self.queue.leave(false, self.now);
        }
        if work.blocks {
            self.from = self.now + Ticks(work.request.completes + 1);
        }
    }

    /// EOC; the cycles that the peer reports.
    pub fn end(mut self) -> u64 {
        self.drain().0
    }

    /// EOC or SYNC: the cycle on which it is answered.
    pub(super) fn drain(&mut self) -> Ticks {
        loop {
            let at = self.from.max(self.now + Ticks(1));
            if self.due.is_some_and(|due| due <= at) {
                self.refresh();
            } else if !self.issue_opened(at) {
                return at.max(self.complete) + Ticks(1);
            }
        }
    }

    /// A plain read or write: it leaves the queue when its row is opened.
    fn plain(&mut self, request: Request) {
        let entered = self.from.max(self.now + Ticks(1));
        loop {
            let next = self.next(request);
            if self.due.is_some_and(|due| due <= next.at) {
                self.refresh();
                continue;
            }
            // A row stays open for those that wait for it.
            let closes = next.command == self.commands.pre;
            let held = closes && self.opening.iter().any(|r| r.target == request.target);
            let until = if held { Ticks(u64::MAX) } else { next.at };
            if self.issue_opened(until) || self.change_mode(request.mode, next.at) {
                continue;
            }
            self.issue(next, 0);
            if next.command == request.command {
                self.complete = self.complete.max(next.at + Ticks(request.completes));
                break;
            }
            if next.command == self.commands.act {
                self.opening.push_back(request);
                break;
            }
        }
        self.queue.leave(true, self.now);
        // One instruction is decoded a cycle.
        self.from = entered + Ticks(1);
    }

    /// Issues the first plain read or write whose row is open, if it can go by `until`.
    fn issue_opened(&mut self, until: Ticks) -> bool {
        let ready = (0..self.opening.len())
            .map(|place| (self.next(self.opening[place]).at, place))
            .min()
            .filter(|&(at, _)| at <= until);
        let Some((_, place)) = ready else { return false };
        if let Some(request) = self.opening.remove(place) {
            self.serve(request, 0);
        }
        true
    }

    /// Issues all that a request needs, and the request.
    fn serve(&mut self, request: Request, column: u32) {
        loop {
            let next = self.next(request);
            if self.due.is_some_and(|due| due <= next.at) {
                self.refresh();
            } else if !self.change_mode(request.mode, next.at) {
                self.issue(next, column);
                if next.command == request.command {
                    self.complete = self.complete.max(next.at + Ticks(request.completes));
                    return;
                }
            }
        }
    }

    /// All rows closed, then the refresh.
    fn refresh(&mut self) {
        let Some((due, interval)) = self.due.zip(self.channel.dram().refresh_interval) else {
            return;
        };
        loop {
            let closed = self.open(Level::PseudoChannel, 0) == OpenRow::Closed;
            let command = if closed { self.commands.refab } else { self.commands.prea };
            let next = self.candidate(command, 0, None, due);
            if self.change_mode(Mode::Bank, next.at) {
                continue;
            }
            self.issue(next, 0);
            if closed {
                self.due = Some(due + interval);
                return;
            }
        }
    }

    /// Sends TMOD at `at` if the channel is not in that mode.
    fn change_mode(&mut self, mode: Mode, at: Ticks) -> bool {
        let change = mode != self.mode;
        if change {
            let command = self.commands.tmod;
            self.issue(Candidate { command, target: 0, row: None, at, because: None }, 0);
            self.mode = mode;
        }
        change
    }

    /// What brings a request closer to issue: a precharge, an activation, or itself.
    fn next(&self, request: Request) -> Candidate {
        let Request { command, target, row, .. } = request;
        let c = &self.commands;
        let level = self.channel.dram().command(command).reach;
        let (pre, act) = if level == Level::Bank { (c.pre, c.act) } else { (c.prea, c.act16) };
        let (command, row) = match (row, self.open(level, target)) {
            (None, _) => (command, None),
            (Some(row), OpenRow::Row(open)) if open == row => (command, Some(row)),
            (Some(row), OpenRow::Closed) => (act, Some(row)),
            (Some(_), OpenRow::Row(_) | OpenRow::Mixed) => (pre, None),
        };
        self.candidate(command, target, row, self.from)
    }

    fn candidate(
        &self,
        command: CommandId,
        target: u32,
        row: Option<u32>,
        from: Ticks,
    ) -> Candidate {
        let from = from.max(self.now + Ticks(1));
        let earliest = self.channel.earliest(command, target);
        let because = earliest.because.filter(|_| earliest.at > from);
        Candidate { command, target, row, at: earliest.at.max(from), because }
    }

    fn open(&self, level: Level, index: u32) -> OpenRow {
        self.channel.open_row(Buffer::Pim, Node { level, index })
    }

    fn issue(&mut self, next: Candidate, column: u32) {
        let Candidate { command, target, row, at, because } = next;
        self.channel.issue(command, target, row, at);
        self.now = at;
        self.sink.issued(&Issued { at, command, target, row, column, lane: 0, because });
    }
}
