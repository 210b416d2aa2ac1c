//! The state of one command channel: which rows are open, and when each command may come next.

use crate::dram::{CommandId, Dram};
use crate::family::{Buffer, RowEffect};
use crate::geometry::{Level, Node};
use crate::grid::Grid;
use crate::tables::Plan;
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

    pub(crate) fn new(at: u64, by: CommandId) -> Self {
        Self(at << 8 | u64::from(by.0))
    }

    pub(crate) fn later(self, wait: u32) -> Self {
        Self(self.0 + (u64::from(wait) << 8))
    }

    #[inline]
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
}

/// The open rows of one buffer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Rows {
    /// Per bank.
    of_bank: Vec<Option<u32>>,
    /// Per lane, derived from the above: open banks, and what they make.
    open_banks: Vec<u32>,
    of_lane: Vec<OpenRow>,
}

impl Rows {
    fn new(banks: usize, lanes: usize) -> Self {
        Self {
            of_bank: vec![None; banks],
            open_banks: vec![0; lanes],
            of_lane: vec![OpenRow::Closed; lanes],
        }
    }

    /// Opens a row in some banks, or closes them.
    fn set(&mut self, dram: &Dram, banks: &[u32], row: Option<u32>, lanes: &[u32]) {
        for &bank in banks {
            let before = std::mem::replace(&mut self.of_bank[bank as usize], row);
            let lane = dram.topology.node_of(dram.lane_level, bank);
            let open_banks = &mut self.open_banks[lane as usize];
            *open_banks = *open_banks + u32::from(row.is_some()) - u32::from(before.is_some());
        }
        for &index in lanes {
            let banks = dram.topology.banks(Node { level: dram.lane_level, index });
            self.of_lane[index as usize] = match self.open_banks[index as usize] as usize {
                0 => OpenRow::Closed,
                open if open < banks.len() => OpenRow::Mixed,
                _ => summary(&self.of_bank, banks),
            };
        }
    }
}

/// All that decides a channel's future, with times counted from an origin.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    release: Vec<Release>,
    /// Per buffer.
    rows: [Rows; 2],
    /// How far the origin lies behind a tick on which every command may issue.
    phase: u64,
}

impl State {
    fn new(dram: &Dram) -> Self {
        let banks = dram.topology.count(Level::Bank) as usize;
        let lanes = dram.lanes() as usize;
        Self {
            release: vec![Release::default(); dram.tables.slots],
            rows: [Rows::new(banks, lanes), Rows::new(banks, lanes)],
            phase: 0,
        }
    }

    /// Whether a bank holds a row.
    pub(crate) fn any_open(&self, buffer: Buffer) -> bool {
        self.rows[buffer as usize].open_banks.iter().any(|&open| open > 0)
    }

    /// How far the origin lies behind a tick on which every command may issue.
    pub(crate) fn phase(&self) -> Ticks {
        Ticks(self.phase)
    }

    /// A state whose times count from `origin`, with times counted from tick 0.
    pub(crate) fn starting_at(&self, origin: Ticks) -> Self {
        let later = |r: &Release| if r.at() == 0 { *r } else { Release(r.0 + (origin.0 << 8)) };
        let release = self.release.iter().map(later).collect();
        Self { release, rows: self.rows.clone(), phase: 0 }
    }

    /// The same state with times counted from `now`.
    pub(crate) fn since(&self, now: Ticks, grid: Grid) -> Self {
        let release = self.release.iter().map(|release| release.since(now)).collect();
        let phase = grid.phase(now.0);
        Self { release, rows: self.rows.clone(), phase }
    }
}

/// One command channel. [`Channel::earliest`] looks, [`Channel::issue`] acts; nothing else changes the state.
#[derive(Clone, Debug)]
pub struct Channel<'d> {
    dram: &'d Dram,
    state: State,
}

impl<'d> Channel<'d> {
    /// A channel at tick 0, every row closed.
    #[must_use]
    pub fn new(dram: &'d Dram) -> Self {
        Self::from_state(dram, State::new(dram))
    }

    pub(crate) fn from_state(dram: &'d Dram, state: State) -> Self {
        Self { dram, state }
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The device.
    #[must_use]
    pub fn dram(&self) -> &'d Dram {
        self.dram
    }

    /// When rules and clock edge allow a command on the `target`-th node of its reach. Rows are [`Channel::row_allows`]'s
    /// matter. A command that goes later than that must be aligned again, by [`Dram::align`].
    #[must_use]
    pub fn earliest(&self, command: CommandId, target: u32) -> Earliest {
        let plan = self.dram.tables.plan(command, target);
        let release = self.release(plan);
        Earliest { at: Ticks(plan.grid.align(release.at())), because: release.cause(0) }
    }

    /// The latest of the release times that bind a command.
    #[inline]
    pub(crate) fn release(&self, plan: &Plan) -> Release {
        let releases = self.state.release.as_slice();
        let mut latest = Release::default();
        for &slot in &plan.probes {
            latest = latest.max(releases[slot as usize]);
        }
        for window in &plan.windows {
            latest = latest.max(releases[(window.first + window.weight - 1) as usize]);
        }
        latest
    }

    /// A release time; the start of time for a number that none has.
    #[inline]
    pub(crate) fn slot(&self, slot: u32) -> Release {
        self.state.release.get(slot as usize).copied().unwrap_or_default()
    }

    /// Whether the rows of the target allow the command, `row` being the one it opens or needs.
    #[must_use]
    pub fn row_allows(&self, command: CommandId, target: u32, row: Option<u32>) -> bool {
        let data = self.dram.command(command);
        let node = Node { level: data.reach, index: target };
        match data.row {
            RowEffect::Ignores | RowEffect::Closes(_) => true,
            RowEffect::Opens(buffer) => {
                row.is_some() && self.open_row(buffer, node) == OpenRow::Closed
            }
            RowEffect::Needs(buffer) | RowEffect::NeedsAndCloses(buffer) => {
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
        if node.level == self.dram.lane_level {
            return self.state.rows[buffer as usize].of_lane[node.index as usize];
        }
        summary(&self.state.rows[buffer as usize].of_bank, self.dram.topology.banks(node))
    }

    /// The row that a bank holds open.
    #[must_use]
    pub fn row_of(&self, buffer: Buffer, bank: u32) -> Option<u32> {
        self.state.rows[buffer as usize].of_bank[bank as usize]
    }

    /// Whether what is issued from `from` on may come at the same ticks in both: the same rows are open, and no release time that
    /// lies ahead differs.
    #[must_use]
    pub fn behaves_like(&self, other: &Self, from: Ticks) -> bool {
        let grid = self.dram.grid();
        self.state.since(from, grid) == other.state.since(from, grid)
    }

    /// Whether one of the banks holds a row other than this.
    pub(crate) fn any_open_but(&self, buffer: Buffer, banks: &[u32], row: u32) -> bool {
        banks.iter().any(|&bank| self.row_of(buffer, bank).is_some_and(|open| open != row))
    }

    /// Issues a command at a tick that rules, edge and rows allow; the sequencer sees to that, debug builds and the checker verify it.
    #[inline]
    pub fn issue(&mut self, command: CommandId, target: u32, row: Option<u32>, at: Ticks) {
        debug_assert!(at >= self.earliest(command, target).at, "{command:?} too early at {at:?}");
        debug_assert!(at == self.dram.align(command, at), "{command:?} between clocks at {at:?}");
        debug_assert!(self.row_allows(command, target, row), "{command:?} against the open rows");
        let plan = self.dram.tables.plan(command, target);
        self.push(plan, Release::new(at.0, command));
        if plan.row.changes() {
            self.change_rows(plan, self.dram.node(command, target), row);
        }
    }

    /// Pushes the release times that a command binds.
    #[inline]
    fn push(&mut self, plan: &Plan, issued: Release) {
        let releases = self.state.release.as_mut_slice();
        for update in &plan.updates {
            let release = &mut releases[update.slot as usize];
            *release = (*release).max(issued.later(update.wait));
        }
        for window in &plan.windows {
            let (first, weight) = (window.first as usize, window.weight as usize);
            let slots = &mut releases[first..first + window.budget as usize];
            slots.rotate_left(weight);
            let newest = slots.len() - weight;
            slots[newest..].fill(issued.later(window.wait));
        }
    }

    fn change_rows(&mut self, plan: &Plan, node: Node, row: Option<u32>) {
        let (buffer, row) = match plan.row {
            RowEffect::Opens(buffer) => (buffer, row),
            RowEffect::NeedsAndCloses(buffer) | RowEffect::Closes(buffer) => (buffer, None),
            _ => return,
        };
        let banks = self.dram.topology.banks(node);
        self.state.rows[buffer as usize].set(self.dram, banks, row, &plan.lanes);
    }
}

fn summary(rows: &[Option<u32>], banks: &[u32]) -> OpenRow {
    let mut banks = banks.iter().map(|&bank| rows[bank as usize]);
    match banks.next() {
        Some(first) if banks.all(|row| row == first) => first.map_or(OpenRow::Closed, OpenRow::Row),
        _ => OpenRow::Mixed,
    }
}
