//! The state of one command channel: which rows are open, and when each command may come next.

use crate::device::{CommandId, Device};
use crate::family::{Buffer, RowEffect};
use crate::geometry::{Level, Node};
use crate::tables::PlanId;
use crate::time::Ticks;

/// When a command may issue, and which earlier command keeps it until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earliest {
    /// The first legal tick.
    pub at: Ticks,
    /// The command that set it; `None` if nothing holds it back.
    pub because: Option<CommandId>,
}

/// Rows of the banks under a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpenRow {
    /// All closed.
    Closed,
    /// All open on the same row.
    Row(u32),
    /// Anything else.
    Mixed,
}

/// A release time and the command that set it in one word, so that the later of two is the greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Release(u64);

impl Release {
    /// The end of time.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    fn new(at: u64, by: CommandId) -> Self {
        Self(at << 8 | u64::from(by.0))
    }

    pub(crate) fn at(self) -> u64 {
        self.0 >> 8
    }

    /// The command that set it, if it lies behind `from`.
    pub(crate) fn cause(self, from: u64) -> Option<CommandId> {
        (self.at() > from).then_some(CommandId((self.0 & 0xff) as u8))
    }

    /// As seen from `now`: what has passed no longer matters, nor who caused it.
    fn since(self, now: Ticks) -> Self {
        if self.at() <= now.0 { Self(0) } else { Self(self.0 - (now.0 << 8)) }
    }

    pub(crate) fn earliest(self) -> Earliest {
        Earliest { at: Ticks(self.at()), because: self.cause(0) }
    }
}

/// All that decides a channel's future, with times counted from an origin.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    release: Vec<Release>,
    /// Per buffer and bank.
    rows: [Vec<Option<u32>>; 2],
    /// Per buffer and lane, derived from `rows`.
    open: [Vec<OpenRow>; 2],
}

impl State {
    fn new(device: &Device) -> Self {
        let banks = device.topology.count(Level::Bank) as usize;
        let lanes = device.lanes() as usize;
        Self {
            release: vec![Release::default(); device.tables.slots],
            rows: [vec![None; banks], vec![None; banks]],
            open: [vec![OpenRow::Closed; lanes], vec![OpenRow::Closed; lanes]],
        }
    }

    /// A state whose times count from `origin`, with times counted from tick 0.
    pub(crate) fn starting_at(&self, origin: Ticks) -> Self {
        let later = |r: &Release| if r.at() == 0 { *r } else { Release(r.0 + (origin.0 << 8)) };
        let release = self.release.iter().map(later).collect();
        Self { release, rows: self.rows.clone(), open: self.open.clone() }
    }

    /// The same state with times counted from `now`.
    pub(crate) fn since(&self, now: Ticks) -> Self {
        let release = self.release.iter().map(|release| release.since(now)).collect();
        Self { release, rows: self.rows.clone(), open: self.open.clone() }
    }
}

/// One command channel. [`Channel::earliest`] looks, [`Channel::issue`] acts; nothing else changes the state.
#[derive(Clone, Debug)]
pub struct Channel<'d> {
    device: &'d Device,
    state: State,
}

impl<'d> Channel<'d> {
    /// A channel at tick 0, every row closed.
    #[must_use]
    pub fn new(device: &'d Device) -> Self {
        Self::from_state(device, State::new(device))
    }

    pub(crate) fn from_state(device: &'d Device, state: State) -> Self {
        Self { device, state }
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> &'d Device {
        self.device
    }

    /// When timing allows a command on the `target`-th node of its reach. Rows are [`Channel::row_allows`]'s matter.
    #[must_use]
    pub fn earliest(&self, command: CommandId, target: u32) -> Earliest {
        self.release(self.device.tables.plan_of(command, target)).earliest()
    }

    /// The latest of the release times that bind a command.
    pub(crate) fn release(&self, plan: PlanId) -> Release {
        let tables = &self.device.tables;
        let mut latest = Release::default();
        for &slot in tables.probes(plan) {
            latest = latest.max(self.state.release[slot as usize]);
        }
        for window in tables.windows(plan) {
            latest = latest.max(self.state.release[(window.first + window.weight - 1) as usize]);
        }
        latest
    }

    /// Whether the rows of the target allow the command, `row` being the one it opens or needs.
    #[must_use]
    pub fn row_allows(&self, command: CommandId, target: u32, row: Option<u32>) -> bool {
        let data = self.device.command(command);
        let node = Node { level: data.reach, index: target };
        match data.row {
            RowEffect::Ignores | RowEffect::Closes(_) => true,
            RowEffect::Opens(buffer) => {
                row.is_some() && self.open_row(buffer, node) == OpenRow::Closed
            }
            RowEffect::Needs(buffer) => {
                row.is_some_and(|row| self.open_row(buffer, node) == OpenRow::Row(row))
            }
            RowEffect::Closed | RowEffect::Refreshes => [Buffer::Host, Buffer::Pim]
                .iter()
                .all(|&b| self.open_row(b, node) == OpenRow::Closed),
        }
    }

    /// What is open in the banks under a node.
    #[must_use]
    pub fn open_row(&self, buffer: Buffer, node: Node) -> OpenRow {
        if node.level == self.device.lane_level {
            return self.state.open[buffer as usize][node.index as usize];
        }
        summary(&self.state.rows[buffer as usize], self.device.topology.banks(node))
    }

    /// The row that a bank holds open.
    #[must_use]
    pub fn row_of(&self, buffer: Buffer, bank: u32) -> Option<u32> {
        self.state.rows[buffer as usize][bank as usize]
    }

    /// Whether one of the banks holds a row other than this.
    pub(crate) fn any_open_but(&self, buffer: Buffer, banks: &[u32], row: u32) -> bool {
        banks.iter().any(|&bank| self.row_of(buffer, bank).is_some_and(|open| open != row))
    }

    /// Issues a command at a tick that timing and rows allow; the sequencer sees to that, debug builds and the checker verify it.
    pub fn issue(&mut self, command: CommandId, target: u32, row: Option<u32>, at: Ticks) {
        debug_assert!(at >= self.earliest(command, target).at, "{command:?} too early at {at:?}");
        debug_assert!(self.row_allows(command, target, row), "{command:?} against the open rows");
        let tables = &self.device.tables;
        let plan = tables.plan_of(command, target);
        for update in tables.updates(plan) {
            let release = &mut self.state.release[update.slot as usize];
            *release = (*release).max(Release::new(at.0 + u64::from(update.wait), command));
        }
        for window in tables.windows(plan) {
            let (first, weight) = (window.first as usize, window.weight as usize);
            let slots = &mut self.state.release[first..first + window.budget as usize];
            slots.rotate_left(weight);
            let newest = slots.len() - weight;
            slots[newest..].fill(Release::new(at.0 + u64::from(window.wait), command));
        }
        match self.device.command(command).row {
            RowEffect::Opens(buffer) => self.set_rows(buffer, command, target, row),
            RowEffect::Closes(buffer) => self.set_rows(buffer, command, target, None),
            RowEffect::Ignores | RowEffect::Needs(_) | RowEffect::Closed | RowEffect::Refreshes => {
            }
        }
    }

    fn set_rows(&mut self, buffer: Buffer, command: CommandId, target: u32, row: Option<u32>) {
        let Device { topology, lane_level: level, tables, .. } = self.device;
        let rows = &mut self.state.rows[buffer as usize];
        let node = Node { level: self.device.command(command).reach, index: target };
        for &bank in topology.banks(node) {
            rows[bank as usize] = row;
        }
        for &index in tables.lanes(tables.plan_of(command, target)) {
            self.state.open[buffer as usize][index as usize] =
                summary(rows, topology.banks(Node { level: *level, index }));
        }
    }
}

fn summary(rows: &[Option<u32>], banks: &[u32]) -> OpenRow {
    let mut banks = banks.iter().map(|&bank| rows[bank as usize]);
    match banks.next() {
        Some(first) if banks.all(|row| row == first) => first.map_or(OpenRow::Closed, OpenRow::Row),
        _ => OpenRow::Mixed,
    }
}
