//! The stream of one lane, and which command it wants next.

use super::{Choice, Sequencer};
use crate::channel::{OpenRow, Release};
use crate::device::CommandId;
use crate::geometry::Node;
use crate::grid::Grid;
use crate::pass::{Pass, Run};
use crate::runs::Runs;

/// A lane's stream, with the next commands in hand.
#[derive(Clone)]
pub(super) struct Lane<'d> {
    pub(super) runs: Runs<'d>,
    /// The run in hand, and how many of its commands have gone.
    pub(super) run: Option<Run>,
    pub(super) done: u32,
    /// What the open rows make of it; both change only with the run and with row commands.
    pub(super) row: Option<Choice<'d>>,
    pub(super) column: Option<Choice<'d>>,
    /// The commands of the run address parts of the lane by turns.
    pub(super) by_turns: bool,
    /// When rules allow them; [`Release::NEVER`] without a choice.
    pub(super) row_release: Release,
    pub(super) column_release: Release,
    /// The ticks that are theirs.
    pub(super) row_grid: Grid,
    pub(super) column_grid: Grid,
    /// Tick of its next refresh; the end of time without one.
    pub(super) due: u64,
}

impl<'d> Sequencer<'d> {
    /// A lane at the start of a pass.
    pub(super) fn begin(&self, index: u32, pass: &Pass) -> Lane<'d> {
        let mut runs = pass.runs(self.device);
        let mut lane = Lane {
            run: runs.next(),
            runs,
            done: 0,
            row: None,
            column: None,
            by_turns: false,
            row_release: Release::NEVER,
            column_release: Release::NEVER,
            row_grid: Grid::default(),
            column_grid: Grid::default(),
            due: self.due(index),
        };
        self.choose(index, &mut lane);
        lane
    }

    /// The lane's next command has gone; whether its stream is at an end.
    #[inline]
    pub(super) fn advance(&self, index: u32, lane: &mut Lane<'d>) -> bool {
        lane.done += 1;
        if let Some(run) = lane.run.filter(|run| lane.done < run.count) {
            if lane.by_turns && self.device.command(run.command).row.needs().is_some() {
                // The next part may have its row not open yet.
                self.choose(index, lane);
                return false;
            }
            if lane.by_turns
                && let Some(choice) = &mut lane.column
            {
                let target = self.target(index, run.command, lane.done);
                *choice = self.choice(run.command, target, choice.row);
            }
            self.look(lane);
            return false;
        }
        lane.run = lane.runs.next();
        lane.done = 0;
        self.choose(index, lane);
        lane.run.is_none()
    }

    /// The row and column command that the lane wants next, as its open rows stand.
    pub(super) fn choose(&self, index: u32, lane: &mut Lane<'d>) {
        (lane.row, lane.column) = (None, None);
        let Some(run) = lane.run else { return self.look(lane) };
        lane.row = run.row.and_then(|row| self.row_choice(index, row));
        let command = self.device.command(run.command);
        lane.by_turns = command.reach != self.device.lane_level;
        let target = self.target(index, run.command, lane.done);
        let choice =
            self.choice(run.command, target, run.row.filter(|_| command.row.needs().is_some()));
        let allowed = self.channel.row_allows(choice.command, choice.target, choice.row);
        lane.column = allowed.then_some(choice);
        let grid = |choice: &Option<Choice<'d>>| choice.map_or_else(Grid::default, |c| c.plan.grid);
        (lane.row_grid, lane.column_grid) = (grid(&lane.row), grid(&lane.column));
        self.look(lane);
    }

    /// When rules allow the lane's choices.
    #[inline]
    pub(super) fn look(&self, lane: &mut Lane<'d>) {
        let release = |choice: &Option<Choice<'d>>| {
            choice.map_or(Release::NEVER, |choice| self.channel.release(choice.plan))
        };
        lane.row_release = release(&lane.row);
        lane.column_release = release(&lane.column);
    }

    /// The node that the `number`-th command of a run addresses: the lane, or its parts by turns.
    fn target(&self, lane: u32, command: CommandId, number: u32) -> u32 {
        let device = self.device;
        if device.command(command).reach == device.lane_level {
            return lane;
        }
        let targets = device.targets(lane, command);
        targets[number as usize % targets.len()]
    }

    /// The row command that brings the lane closer to having `row` open in all banks.
    fn row_choice(&self, lane: u32, row: u32) -> Option<Choice<'d>> {
        let device = self.device;
        let (roles, buffer) = (&device.roles, device.pim_buffer);
        let open = |level, index| self.channel.open_row(buffer, Node { level, index });
        match open(device.lane_level, lane) {
            OpenRow::Row(open) if open == row => return None,
            OpenRow::Closed => {}
            _ => {
                // Whatever holds another row is closed first.
                for &target in device.targets(lane, roles.precharge) {
                    let banks = device.reached(roles.precharge, target);
                    if self.channel.any_open_but(buffer, banks, row) {
                        return Some(self.choice(roles.precharge, target, None));
                    }
                }
            }
        }
        let level = device.command(roles.activate).reach;
        let mut targets = device.targets(lane, roles.activate).iter();
        targets.find_map(|&target| match open(level, target) {
            OpenRow::Closed => Some(self.choice(roles.activate, target, Some(row))),
            OpenRow::Row(_) => None,
            // A part of it was closed by a refresh.
            OpenRow::Mixed => {
                let first = device.targets(lane, roles.precharge)[0];
                Some(self.choice(roles.precharge, first, None))
            }
        })
    }
}
