//! The peer's controller of one pseudo-channel: at most one command a cycle, out of a queue.

use std::collections::VecDeque;

use pim_dram::Ticks;
use pim_dram::channel::{Channel, OpenRow};
use pim_dram::device::{CommandId, Device};
use pim_dram::family::Buffer;
use pim_dram::geometry::{Level, Node};
use pim_dram::sequencer::{Issued, Sink};

use super::mode::Mode;
use super::refresh::{Rank, Refresh};
use super::stream::Transaction;
use crate::peers::PeerError;

/// Entries of the command queue.
const QUEUE: usize = 64;

/// The commands that the peer sends.
#[derive(Clone, Copy)]
struct Commands {
    activate: CommandId,
    precharge: CommandId,
    read: CommandId,
    write: CommandId,
    refresh: CommandId,
}

impl Commands {
    fn of(device: &Device) -> Result<Self, PeerError> {
        let find = |name: &str| {
            let at = (0_u8..).zip(&device.commands).find(|(_, command)| command.name == name);
            at.map(|(id, _)| CommandId(id)).ok_or_else(|| {
                PeerError::Preset(format!("device `{}` has no command `{name}`", device.spec.name))
            })
        };
        Ok(Self {
            activate: find("ACT")?,
            precharge: find("PRE")?,
            read: find("RD")?,
            write: find("WR")?,
            refresh: find("REF")?,
        })
    }
}

/// Command queue, bank and mode state.
pub(super) struct Controller<'d, 's, S> {
    channel: Channel<'d>,
    commands: Commands,
    sink: &'s mut S,
    queue: VecDeque<Transaction>,
    mode: Mode,
    refresh: Refresh,
    banks: u32,
    /// Bank that was precharged last; the next search starts there.
    place: u32,
    now: Ticks,
    /// The first cycle at which something that was too early this cycle may go.
    wake: Option<Ticks>,
}

impl<'d, 's, S: Sink> Controller<'d, 's, S> {
    pub(super) fn new(device: &'d Device, sink: &'s mut S) -> Result<Self, PeerError> {
        Ok(Self {
            channel: Channel::new(device),
            commands: Commands::of(device)?,
            sink,
            queue: VecDeque::with_capacity(QUEUE),
            mode: Mode::default(),
            refresh: Refresh::new(device.refresh_interval),
            banks: device.topology.count(Level::Bank),
            place: 0,
            now: Ticks(0),
            wake: None,
        })
    }

    /// Works off the transactions; the cycle of the last command.
    ///
    /// The transaction queue in front is never empty while there are transactions left, as one enters it and one leaves it a
    /// cycle, so that it needs no state.
    pub(super) fn run(&mut self, transactions: impl Iterator<Item = Transaction>) -> Ticks {
        let mut waiting = transactions.peekable();
        loop {
            let issued = self.cycle();
            if self.queue.is_empty() && waiting.peek().is_none() {
                return self.now;
            }
            let room = self.queue.len() < QUEUE;
            let moved = waiting.next_if(|_| room);
            self.advance(issued || moved.is_some());
            self.queue.extend(moved);
        }
    }

    /// Closes rows and refreshes until a cycle, which comes next, after the last command of a run.
    pub(super) fn idle(&mut self, until: Ticks) {
        self.advance(true);
        while self.now < until {
            let issued = self.cycle();
            self.advance(issued);
        }
        self.now = until;
    }

    /// Goes on to the next cycle, or to the next in which something may change after one in which nothing did.
    fn advance(&mut self, busy: bool) {
        let next = self.now + Ticks(1);
        // Nothing changes before the first of what was too early, or a refresh falling due.
        let idle = self.wake.into_iter().chain(self.refresh.next_due()).min();
        self.now = if busy { next } else { idle.map_or(next, |wake| wake.max(next)) };
    }

    /// Sends the command of this cycle; whether there was one.
    fn cycle(&mut self) -> bool {
        self.wake = None;
        self.refreshes() || self.column() || self.activates() || self.precharges()
    }

    /// A pending refresh: closes the rows, then refreshes; other commands go on meanwhile.
    fn refreshes(&mut self) -> bool {
        match self.refresh.pending(self.now) {
            None => false,
            Some(Rank::Other) => {
                self.refresh.done();
                true
            }
            Some(Rank::Pim) => {
                let open = |bank: &u32| self.open(*bank).is_some();
                let open: Vec<_> = (0..self.banks).filter(open).collect();
                if !open.is_empty() {
                    return open.into_iter().any(|bank| self.precharge(bank));
                }
                let sent = self.send(self.commands.refresh, 0, None);
                if sent {
                    self.refresh.done();
                }
                sent
            }
        }
    }

    /// The oldest column command that hits an open row.
    fn column(&mut self) -> bool {
        for at in 0..self.queue.len() {
            let entry = self.queue[at];
            if entry.barrier && at > 0 {
                return false;
            }
            let command = if entry.write { self.commands.write } else { self.commands.read };
            if self.open(entry.bank) == Some(entry.row)
                && self.send(command, entry.bank, Some(entry))
            {
                self.queue.remove(at);
                return true;
            }
            if entry.barrier {
                return false;
            }
        }
        false
    }

    /// The activation for the oldest entry whose bank is closed. A barrier at the head does not stop the search.
    fn activates(&mut self) -> bool {
        for at in 0..self.queue.len() {
            let entry = self.queue[at];
            if entry.barrier && at > 0 {
                return false;
            }
            let closed = self.open(entry.bank).is_none() && self.mode.may_activate(entry.bank);
            if closed && self.send(self.commands.activate, entry.bank, Some(entry)) {
                self.mode.activated(entry.bank, entry.row);
                return true;
            }
        }
        false
    }

    /// The precharge of the next bank by turns whose row is not wanted up to the first barrier.
    fn precharges(&mut self) -> bool {
        let barrier = self.queue.iter().position(|entry| entry.barrier);
        let looked_at = barrier.map_or(self.queue.len(), |at| at + 1);
        for bank in (self.place..self.banks).chain(0..self.place) {
            let Some(row) = self.open(bank) else { continue };
            let mut entries = self.queue.iter().take(looked_at);
            let wanted = entries.any(|entry| entry.bank == bank && entry.row == row);
            if !wanted && self.precharge(bank) {
                self.place = bank;
                return true;
            }
        }
        false
    }

    fn precharge(&mut self, bank: u32) -> bool {
        let row = self.open(bank);
        let sent = self.send(self.commands.precharge, bank, None);
        if let Some(row) = row.filter(|_| sent) {
            self.mode.precharged(bank, row);
        }
        sent
    }

    /// Sends a command if its time has come.
    fn send(&mut self, command: CommandId, target: u32, entry: Option<Transaction>) -> bool {
        let earliest = self.channel.earliest(command, target);
        if earliest.at > self.now {
            self.wake = Some(self.wake.map_or(earliest.at, |wake| wake.min(earliest.at)));
            return false;
        }
        let at = self.now;
        let row = entry.map(|entry| entry.row);
        let column = entry.filter(|_| command != self.commands.activate).map_or(0, |e| e.column);
        let because = earliest.because.filter(|_| earliest.at == at);
        self.channel.issue(command, target, row, at);
        self.sink.issued(&Issued { at, command, target, row, column, lane: 0, because });
        true
    }

    fn open(&self, bank: u32) -> Option<u32> {
        match self.channel.open_row(Buffer::Pim, Node { level: Level::Bank, index: bank }) {
            OpenRow::Row(row) => Some(row),
            OpenRow::Closed | OpenRow::Mixed => None,
        }
    }
}
