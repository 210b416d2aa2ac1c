//! The controller of one channel, jumping from command to command.

use pim_dram::Ticks;
use pim_dram::channel::{Channel, OpenRow};
use pim_dram::device::{CommandId, Device};
use pim_dram::family::Buffer;
use pim_dram::geometry::{Level, Node};
use pim_dram::sequencer::{Issued, Sink};

use super::commands::Commands;
use super::estimate::{Estimate, Refreshes};
use super::program::Request;
use crate::peers::PeerError;

/// A request that enters in cycle 0 is first served in the next.
const FIRST_CYCLE: u64 = 1;
/// The bank whose rows GWRITE copies.
const COPY_BANK: u32 = 0;

/// A channel with its host.
pub(super) struct Host<'d, 's, S> {
    channel: Channel<'d>,
    commands: Commands,
    estimate: Estimate,
    refreshes: Option<Refreshes>,
    sink: &'s mut S,
    /// The first cycle that is free.
    now: u64,
}

/// The next command, were there no refresh.
#[derive(Clone, Copy)]
struct Step {
    at: u64,
    because: Option<CommandId>,
    command: CommandId,
    target: u32,
    row: Option<u32>,
    column: u32,
    /// It is the request itself, not a step on the way to it.
    last: bool,
}

impl<'d, 's, S: Sink> Host<'d, 's, S> {
    pub(super) fn new(
        device: &'d Device,
        commands: Commands,
        sink: &'s mut S,
    ) -> Result<Self, PeerError> {
        Ok(Self {
            channel: Channel::new(device),
            commands,
            estimate: Estimate::of(device)?,
            refreshes: Refreshes::of(device),
            sink,
            now: FIRST_CYCLE,
        })
    }

    /// Serves a request to its end; the cycle in which it was issued.
    pub(super) fn serve(&mut self, request: Request) -> u64 {
        let mut admitted = false;
        loop {
            self.refresh_if_due();
            let due = self.refreshes.map_or(u64::MAX, |refreshes| refreshes.due());
            if let Request::Header { .. } = request {
                let copied = self.channel.earliest(self.commands.header, 0).at.0;
                self.now = self.now.max(copied.min(due));
            }
            let step = if self.now < due { Some(self.next(request)) } else { None };
            let step = step.filter(|step| self.admits(request, &mut admitted, step.at));
            match step.filter(|step| step.at < due) {
                None => self.now = self.now.max(due),
                Some(step) => {
                    self.issue(&step);
                    if step.last {
                        return step.at;
                    }
                }
            }
        }
    }

    /// Whether the host goes on with a request in all cycles until `until`.
    fn admits(&self, request: Request, admitted: &mut bool, until: u64) -> bool {
        let Some(refreshes) = self.refreshes else { return true };
        match request {
            // Checked until it is admitted once.
            Request::Copy { row } => {
                let estimate = match self.open_row(self.commands.host_rows, COPY_BANK) {
                    OpenRow::Row(open) if open == row => self.estimate.copy_hit(),
                    OpenRow::Closed => self.estimate.copy_closed(),
                    OpenRow::Row(_) | OpenRow::Mixed => self.estimate.copy_conflict(),
                };
                *admitted = *admitted || refreshes.leaves(estimate, self.now, self.now);
                *admitted
            }
            // Checked anew in every cycle.
            Request::Header { row, bursts } => {
                let rows = self.commands.unit_rows;
                let holds_other = |&bank: &u32| holds_other(self.open_row(rows, bank), row);
                let precharges = self.all(Level::Bank).filter(holds_other).count();
                let gangs = self.all(Level::Gang).filter(|&gang| {
                    let node = Node { level: Level::Gang, index: gang };
                    self.channel.open_row(rows, node) != OpenRow::Row(row)
                });
                let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                let estimate =
                    self.estimate.product(count(precharges), count(gangs.count()), bursts);
                refreshes.leaves(estimate, self.now, until)
            }
            Request::Multiply { .. } | Request::Read | Request::Composite { .. } => true,
        }
    }

    fn next(&self, request: Request) -> Step {
        let c = &self.commands;
        match request {
            Request::Copy { row } => match self.open_row(c.host_rows, COPY_BANK) {
                OpenRow::Row(open) if open == row => {
                    self.step(c.copy, COPY_BANK, Some(row)).finally()
                }
                OpenRow::Closed => self.step(c.activate, COPY_BANK, Some(row)),
                OpenRow::Row(_) | OpenRow::Mixed => self.step(c.precharge, COPY_BANK, None),
            },
            Request::Header { row, .. } => self
                .all(Level::Bank)
                .filter(|&bank| holds_other(self.open_row(c.unit_rows, bank), row))
                .map(|bank| self.step(c.unit_precharge, bank, None))
                .min_by_key(|step| step.at)
                .unwrap_or_else(|| self.step(c.header, 0, None).finally()),
            Request::Multiply { row, column } => {
                let multiply = Step { column, ..self.step(c.multiply, 0, Some(row)).finally() };
                self.activation(row).unwrap_or(multiply)
            }
            Request::Composite { row } => {
                let composite = c.composite.unwrap_or(c.multiply);
                let multiply = self.step(composite, 0, Some(row)).finally();
                self.activation(row).unwrap_or(multiply)
            }
            Request::Read => self.step(c.read, 0, None).finally(),
        }
    }

    /// The first possible activation of a gang that has closed banks.
    fn activation(&self, row: u32) -> Option<Step> {
        let c = &self.commands;
        let topology = &self.channel.dram().topology;
        let steps = self.all(Level::Gang).filter_map(|gang| {
            let node = Node { level: Level::Gang, index: gang };
            match self.channel.open_row(c.unit_rows, node) {
                OpenRow::Row(_) => None,
                OpenRow::Closed => Some(self.step(c.gang_activate, gang, Some(row))),
                OpenRow::Mixed => {
                    let mut banks = topology.banks(node).iter().copied();
                    let closed =
                        banks.find(|&b| self.open_row(c.unit_rows, b) == OpenRow::Closed)?;
                    Some(self.step(c.bank_activate, closed, Some(row)))
                }
            }
        });
        steps.min_by_key(|step| step.at)
    }

    /// Closes the rank whose refresh is due, and refreshes it; requests stand still until then.
    fn refresh_if_due(&mut self) {
        while let Some(refreshes) = self.refreshes.filter(|refreshes| refreshes.due() <= self.now) {
            let c = self.commands;
            let rank = Node { level: Level::Rank, index: refreshes.rank() };
            let banks = self.channel.dram().topology.banks(rank).iter().copied();
            let step = banks
                .flat_map(|b| [(c.host_rows, c.precharge, b), (c.unit_rows, c.unit_precharge, b)])
                .filter(|&(buffer, _, bank)| self.open_row(buffer, bank) != OpenRow::Closed)
                .map(|(_, command, bank)| self.step(command, bank, None))
                .min_by_key(|step| step.at)
                .unwrap_or_else(|| self.step(c.refresh, rank.index, None).finally());
            self.issue(&step);
            if step.last {
                self.refreshes.iter_mut().for_each(Refreshes::issued);
            }
        }
    }

    fn all(&self, level: Level) -> std::ops::Range<u32> {
        0..self.channel.dram().topology.count(level)
    }

    fn open_row(&self, buffer: Buffer, bank: u32) -> OpenRow {
        self.channel.open_row(buffer, Node { level: Level::Bank, index: bank })
    }

    fn step(&self, command: CommandId, target: u32, row: Option<u32>) -> Step {
        let earliest = self.channel.earliest(command, target);
        let because = earliest.because.filter(|_| earliest.at.0 > self.now);
        let at = earliest.at.0.max(self.now);
        Step { at, because, command, target, row, column: 0, last: false }
    }

    fn issue(&mut self, step: &Step) {
        let &Step { at, because, command, target, row, column, .. } = step;
        self.channel.issue(command, target, row, Ticks(at));
        let at = Ticks(at);
        self.sink.issued(&Issued { at, command, target, row, column, lane: 0, because });
        self.now = step.at + 1;
    }
}

impl Step {
    fn finally(self) -> Self {
        Self { last: true, ..self }
    }
}

fn holds_other(open: OpenRow, row: u32) -> bool {
    !matches!(open, OpenRow::Closed) && open != OpenRow::Row(row)
}
