//! Rules compiled for speed: for every command and target, which release times to look at and which to push forward.

use crate::dram::CommandId;
use crate::family::{CommandSpec, RowEffect};
use crate::geometry::{Level, Node, Topology};
use crate::grid::Grid;
use crate::rules::Rule;
use crate::time::Clock;

/// What one command on one target reads and writes of a channel.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Its place among all plans of a device.
    pub(crate) number: u32,
    /// Slots whose release times bind the command.
    pub(crate) probes: Box<[u32]>,
    /// Slots that the command pushes forward.
    pub(crate) updates: Box<[Update]>,
    /// Activation windows that the command belongs to.
    pub(crate) windows: Box<[Window]>,
    /// Lanes that the command touches.
    pub(crate) lanes: Box<[u32]>,
    /// What the command does to rows.
    pub(crate) row: RowEffect,
    /// The ticks on which it may issue.
    pub(crate) grid: Grid,
}

/// Push the release time in `slot` to `wait` after the issue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Update {
    pub(crate) slot: u32,
    pub(crate) wait: u32,
}

/// A window of activations: `budget` consecutive slots, oldest first; a command takes `weight` of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) first: u32,
    pub(crate) budget: u32,
    pub(crate) weight: u32,
    pub(crate) wait: u32,
}

/// The compiled tables of a device.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    /// Release times of a channel.
    pub(crate) slots: usize,
    /// Per command and target.
    plans: Vec<Vec<Plan>>,
}

/// Release times of the commands `next` at the nodes of `level`, pushed forward by `updates`: (earlier command, delay). With
/// `across` an earlier command pushes those of the other nodes of `level` that lie in the same node of that level.
struct Board {
    next: Vec<CommandId>,
    level: Level,
    across: Option<Level>,
    first: u32,
    updates: Vec<(CommandId, u32)>,
}

/// The slots of a budget rule.
struct WindowBoard<'r> {
    rule: &'r Rule,
    budget: u32,
    first: u32,
}

impl Board {
    /// The nodes whose release times a command on `target` pushes.
    fn pushes(&self, topology: &Topology, target: Node) -> Vec<u32> {
        let own = topology.cover(target, self.level);
        let Some(level) = self.across else { return own };
        let held = |index| topology.cover(Node { level, index }, self.level);
        let all = topology.cover(target, level).into_iter().flat_map(held);
        all.filter(|node| !own.contains(node)).collect()
    }
}

impl Tables {
    pub(crate) fn new(
        clock: Clock,
        commands: &[CommandSpec],
        rules: &[Rule],
        topology: &Topology,
        lane_level: Level,
    ) -> Self {
        let mut slots = 0;
        let boards = boards(commands, rules, topology, &mut slots);
        let window_boards = window_boards(rules, topology, &mut slots);
        let plan = |id: CommandId, command: &CommandSpec, target: Node| {
            let at = |level, first: u32| {
                topology.cover(target, level).into_iter().map(move |node| first + node)
            };
            let (mut probes, mut updates) = (Vec::new(), Vec::new());
            for board in &boards {
                if board.next.contains(&id) {
                    probes.extend(at(board.level, board.first));
                }
                for &(_, wait) in board.updates.iter().filter(|(after, _)| *after == id) {
                    let nodes = board.pushes(topology, target).into_iter();
                    updates.extend(nodes.map(|node| Update { slot: board.first + node, wait }));
                }
            }
            let of_rule = window_boards.iter().filter(|board| board.rule.after.contains(&id));
            let windows = of_rule.flat_map(|&WindowBoard { rule, budget, first }| {
                let weight = len(topology.banks(target)).min(budget);
                let nodes = topology.cover(target, rule.scope).into_iter();
                nodes.map(move |node| Window {
                    first: first + node * budget,
                    budget,
                    weight,
                    wait: ticks(rule),
                })
            });
            Plan {
                number: 0,
                probes: probes.into(),
                updates: updates.into(),
                windows: windows.collect(),
                lanes: topology.cover(target, lane_level).into(),
                row: command.row,
                grid: Grid::new(clock, command.edge),
            }
        };
        let mut numbers = 0..;
        let plans = (0_u8..).map(CommandId).zip(commands).map(|(id, command)| {
            let level = command.reach;
            let targets = (0..topology.count(level)).map(|index| Node { level, index });
            let plans = targets.zip(&mut numbers);
            plans.map(|(target, number)| Plan { number, ..plan(id, command, target) }).collect()
        });
        Self { slots: slots as usize, plans: plans.collect() }
    }

    /// All plans of a command, by target.
    pub(crate) fn of(&self, command: CommandId) -> &[Plan] {
        &self.plans[usize::from(command.0)]
    }

    /// The plan of a command on a target.
    pub(crate) fn plan(&self, command: CommandId, target: u32) -> &Plan {
        &self.plans[usize::from(command.0)][target as usize]
    }
}

fn len<T>(table: &[T]) -> u32 {
    u32::try_from(table.len()).unwrap_or(u32::MAX)
}

/// Delays are checked to fit when a device is resolved.
fn ticks(rule: &Rule) -> u32 {
    u32::try_from(rule.wait.0).unwrap_or(u32::MAX)
}

fn boards(
    commands: &[CommandSpec],
    rules: &[Rule],
    topology: &Topology,
    slots: &mut u32,
) -> Vec<Board> {
    let mut single: Vec<Board> = Vec::new();
    for rule in rules.iter().filter(|rule| rule.budget.is_none()) {
        for (&after, &next) in
            rule.after.iter().flat_map(|a| rule.before.iter().map(move |b| (a, b)))
        {
            let reach = |id: CommandId| commands[usize::from(id.0)].reach;
            let (level, across) = match rule.apart {
                Some(apart) => (apart, Some(rule.scope)),
                None => (board_level(rule.scope, reach(after), reach(next)), None),
            };
            let same = |b: &Board| b.next == [next] && (b.level, b.across) == (level, across);
            let at = single.iter().position(same).unwrap_or_else(|| {
                let (next, updates) = (vec![next], Vec::new());
                single.push(Board { next, level, across, first: 0, updates });
                single.len() - 1
            });
            let updates = &mut single[at].updates;
            match updates.iter_mut().find(|(earlier, _)| *earlier == after) {
                Some((_, wait)) => *wait = (*wait).max(ticks(rule)),
                None => updates.push((after, ticks(rule))),
            }
        }
    }
    // Commands that always wait for the same share their release times.
    let mut boards: Vec<Board> = Vec::new();
    for mut board in single {
        board.updates.sort_unstable();
        let same = |b: &&mut Board| {
            (b.level, b.across, &b.updates) == (board.level, board.across, &board.updates)
        };
        match boards.iter_mut().find(same) {
            Some(shared) => shared.next.extend(board.next),
            None => {
                board.first = *slots;
                *slots += topology.count(board.level);
                boards.push(board);
            }
        }
    }
    boards
}

/// Where a pair of commands keeps its release time. A command that reaches whole nodes of a coarser level binds all of
/// their banks alike, so one entry at that level says the same as one per node of the rule's scope.
fn board_level(scope: Level, after: Level, next: Level) -> Level {
    let wider = |reach: Level| if reach.contains(scope) { reach } else { scope };
    wider(after).min(wider(next))
}

fn window_boards<'r>(
    rules: &'r [Rule],
    topology: &Topology,
    slots: &mut u32,
) -> Vec<WindowBoard<'r>> {
    let mut boards = Vec::new();
    for rule in rules {
        if let Some(budget) = rule.budget {
            boards.push(WindowBoard { rule, budget, first: *slots });
            *slots += topology.count(rule.scope) * budget;
        }
    }
    boards
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_meet_at_the_coarsest_level_that_says_the_same() {
        use Level::{Bank, BankGroup, Gang, PseudoChannel};
        assert_eq!(board_level(Bank, PseudoChannel, Bank), PseudoChannel);
        assert_eq!(board_level(Bank, Bank, PseudoChannel), PseudoChannel);
        assert_eq!(board_level(Bank, Gang, Gang), Gang);
        assert_eq!(board_level(PseudoChannel, Bank, Bank), PseudoChannel);
        assert_eq!(board_level(BankGroup, Gang, Gang), BankGroup);
    }
}
