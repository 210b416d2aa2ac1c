//! Refresh duties: which nodes of a channel are refreshed in turn, and how often.

use crate::dram::CommandId;
use crate::geometry::{Level, Node, Topology};
use crate::rules::Rule;
use crate::time::Ticks;

/// The refresh scheme of a device. A duty is a part of the channel with its own refresh counter: all that one command
/// reaches, or a rank whose banks are refreshed by turns.
#[derive(Clone, Debug)]
pub struct RefreshPlan {
    /// The command.
    pub command: CommandId,
    /// Distance between two commands of a duty.
    pub interval: Ticks,
    /// Per duty: the nodes of the command's reach that take turns.
    pub turns: Vec<Vec<u32>>,
    /// Per lane: its duties.
    pub(crate) of_lane: Vec<Vec<usize>>,
}

/// How far a duty has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Duty {
    /// When its next command is due.
    pub due: Ticks,
    /// Whose turn it is.
    pub turn: u32,
}

impl RefreshPlan {
    /// The plan for a command of that reach; every bank is refreshed once per `period`.
    pub(crate) fn new(
        command: CommandId,
        reach: Level,
        period: Ticks,
        topology: &Topology,
        lane_level: Level,
    ) -> Self {
        let turns: Vec<Vec<u32>> = if reach.contains(Level::BankGroup) {
            (0..topology.count(reach)).map(|target| vec![target]).collect()
        } else {
            let ranks = 0..topology.count(Level::Rank);
            ranks.map(|index| topology.cover(Node { level: Level::Rank, index }, reach)).collect()
        };
        let interval = Ticks(period.0 / turns.first().map_or(1, Vec::len).max(1) as u64);
        let of_lane = (0..topology.count(lane_level)).map(|index| {
            let lane = Node { level: lane_level, index };
            let touched = topology.cover(lane, reach);
            let shares = |turns: &Vec<u32>| turns.iter().any(|turn| touched.contains(turn));
            (0..turns.len()).filter(|&duty| shares(&turns[duty])).collect()
        });
        let of_lane = of_lane.collect();
        Self { command, interval, turns, of_lane }
    }

    /// How long a refreshed bank keeps that command waiting, by rules of spacing.
    #[must_use]
    pub fn blocks(&self, command: CommandId, rules: &[Rule]) -> Ticks {
        let spacing = rules.iter().filter(|rule| rule.budget.is_none());
        let between = spacing
            .filter(|rule| rule.after.contains(&self.command) && rule.before.contains(&command));
        between.map(|rule| rule.wait).max().unwrap_or_default()
    }

    /// Every duty at its start, the first command one interval away.
    pub(crate) fn duties(&self) -> Vec<Duty> {
        vec![Duty { due: self.interval, turn: 0 }; self.turns.len()]
    }

    /// The node that a duty refreshes next.
    pub(crate) fn target(&self, duty: usize, state: Duty) -> u32 {
        self.turns[duty][state.turn as usize]
    }

    /// The duty after its command.
    pub(crate) fn done(&self, duty: usize, state: Duty) -> Duty {
        let turns = self.turns[duty].len() as u32;
        Duty { due: state.due + self.interval, turn: (state.turn + 1) % turns }
    }
}
