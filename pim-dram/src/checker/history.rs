//! What timing rules remember: for every rule and node of its scope, the last commands that bind. A rule for commands that lie
//! apart remembers them by the nodes that keep them apart, and a command looks at those of the others.
//!
//! A spacing rule remembers the last command that reached the node. A rule with a budget remembers as many opened banks as its
//! budget: a command that opens `w` banks needs the one `budget - w` places before the newest to have left the window.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::ops::Range;

use crate::dram::{CommandId, Dram};
use crate::geometry::{Level, Node, Topology};
use crate::rules::Rule;
use crate::sequencer::Issued;

/// A command that was issued.
#[derive(Clone, Copy, Debug)]
pub(super) struct Earlier {
    pub(super) at: u64,
    /// Place in the stream counted from 1, so that the absence of a command takes no space.
    number: NonZeroU64,
    pub(super) command: CommandId,
}

impl Earlier {
    /// Place in the stream.
    pub(super) fn index(&self) -> usize {
        usize::try_from(self.number.get() - 1).unwrap_or(usize::MAX)
    }
}

/// A rule that a command breaks.
pub(super) struct Broken {
    /// Place among the rules of the device.
    pub(super) rule: usize,
    /// The first tick that the rule allows.
    pub(super) legal: u64,
    pub(super) earlier: Earlier,
}

/// The memory in `slot` binds a command for `wait`.
#[derive(Clone, Copy, Debug)]
struct Probe {
    wait: u64,
    rule: u32,
    slot: u32,
}

/// A command enters `weight` times into the `len` slots from `first` on, the newest of which stands first.
#[derive(Clone, Copy, Debug)]
struct Entry {
    first: u32,
    len: u32,
    weight: u32,
}

/// Which probes and entries belong to one command on one target.
#[derive(Clone, Debug)]
struct Plan {
    probes: Range<usize>,
    entries: Range<usize>,
}

/// The memory of all rules.
#[derive(Clone, Debug)]
pub(super) struct History {
    /// Per command, per target.
    plans: Vec<Vec<Plan>>,
    /// Rule by rule.
    probes: Vec<Probe>,
    entries: Vec<Entry>,
    slots: Vec<Option<Earlier>>,
}

impl History {
    /// Nothing issued yet.
    pub(super) fn new(dram: &Dram) -> Self {
        let topology = &dram.topology;
        let node_of = Level::ALL.map(|level| node_of(topology, level));
        let mut slots = 0;
        let rules: Vec<Memory<'_>> = dram
            .rules
            .iter()
            .map(|rule| {
                let len = rule.budget.unwrap_or(1).max(1);
                let level = rule.apart.unwrap_or(rule.scope);
                let (parts, count) = parts(dram, rule, level, &node_of[level as usize]);
                let first = slots;
                slots += count * len;
                Memory { rule, level, parts, len, first }
            })
            .collect();
        let (mut probes, mut entries) = (Vec::new(), Vec::new());
        let mut plan = |command: CommandId, target: Node| {
            let before = (probes.len(), entries.len());
            for (memory, number) in rules.iter().zip(0_u32..) {
                let &Memory { rule, level, ref parts, len, first } = memory;
                let (binds, enters) =
                    (rule.before.contains(&command), rule.after.contains(&command));
                if !binds && !enters {
                    continue;
                }
                let opened = topology.banks(target).len();
                let weight = match rule.budget {
                    Some(_) => u32::try_from(opened).unwrap_or(u32::MAX).min(len),
                    None => 1,
                };
                let touched = nodes(topology, target, &node_of[level as usize]);
                let of_parts = |nodes: &[u32]| {
                    let mut slots: Vec<u32> =
                        nodes.iter().map(|&node| first + parts[node as usize] * len).collect();
                    slots.sort_unstable();
                    slots.dedup();
                    slots
                };
                if binds {
                    let others = rule
                        .apart
                        .map(|_| beside(topology, rule, &touched, &node_of[rule.scope as usize]));
                    for slot in of_parts(others.as_ref().unwrap_or(&touched)) {
                        let slot = slot + (len - weight);
                        probes.push(Probe { wait: rule.wait.0, rule: number, slot });
                    }
                }
                if enters {
                    let slots = of_parts(&touched).into_iter();
                    entries.extend(slots.map(|first| Entry { first, len, weight }));
                }
            }
            Plan { probes: before.0..probes.len(), entries: before.1..entries.len() }
        };
        let plans = (0_u8..)
            .map(CommandId)
            .zip(&dram.commands)
            .map(|(id, data)| {
                let target = |index| Node { level: data.reach, index };
                (0..topology.count(data.reach)).map(|index| plan(id, target(index))).collect()
            })
            .collect();
        Self { plans, probes, entries, slots: vec![None; slots as usize] }
    }

    fn plan(&self, command: CommandId, target: u32) -> Option<&Plan> {
        self.plans.get(usize::from(command.0))?.get(target as usize)
    }

    /// Whether the device has the command and the command has the target.
    pub(super) fn knows(&self, command: CommandId, target: u32) -> bool {
        self.plan(command, target).is_some()
    }

    /// The rule that a command at tick `at` breaks, the one that makes it wait longest if it breaks several.
    pub(super) fn broken(&self, command: CommandId, target: u32, at: u64) -> Option<Broken> {
        let mut worst: Option<Broken> = None;
        for probe in &self.probes[self.plan(command, target)?.probes.clone()] {
            let Some(earlier) = self.slots[probe.slot as usize] else { continue };
            let legal = earlier.at.saturating_add(probe.wait);
            if legal <= at {
                continue;
            }
            let rule = probe.rule as usize;
            let worse = worst.as_ref().is_none_or(|worst| {
                // Several nodes of one rule: the command that came last.
                legal > worst.legal
                    || (legal, rule) == (worst.legal, worst.rule)
                        && earlier.number > worst.earlier.number
            });
            if worse {
                worst = Some(Broken { rule, legal, earlier });
            }
        }
        worst
    }

    /// Remembers a command, the `index`-th of the stream.
    pub(super) fn record(&mut self, issued: &Issued, index: usize) {
        let Some(plan) = self.plan(issued.command, issued.target) else { return };
        let entries = plan.entries.clone();
        let number = NonZeroU64::MIN.saturating_add(index as u64);
        let newest = Some(Earlier { at: issued.at.0, number, command: issued.command });
        for &Entry { first, len, weight } in &self.entries[entries] {
            let (first, len, weight) = (first as usize, len as usize, weight as usize);
            let slots = &mut self.slots[first..first + len];
            if weight < len {
                slots.copy_within(..len - weight, weight);
            }
            slots[..weight].fill(newest);
        }
    }
}

/// Where a rule keeps its memory: `len` slots for each part of the nodes of a level.
struct Memory<'r> {
    rule: &'r Rule,
    /// Its scope, or what keeps its commands apart.
    level: Level,
    /// Per node: its part.
    parts: Vec<u32>,
    len: u32,
    first: u32,
}

/// Nodes that the earlier commands of a rule only ever reach together have the same past, so one memory does for all of them,
/// a part. Per node of `level` its part, and the number of parts.
fn parts(dram: &Dram, rule: &Rule, level: Level, node_of: &[u32]) -> (Vec<u32>, u32) {
    let topology = &dram.topology;
    let mut reached_by = vec![Vec::new(); topology.count(level) as usize];
    for &command in &rule.after {
        let level = dram.command(command).reach;
        for index in 0..topology.count(level) {
            for node in nodes(topology, Node { level, index }, node_of) {
                reached_by[node as usize].push((command, index));
            }
        }
    }
    let mut known = BTreeMap::new();
    let mut count = 0;
    let part = |reached_by| {
        *known.entry(reached_by).or_insert_with(|| {
            count += 1;
            count - 1
        })
    };
    let parts = reached_by.into_iter().map(part).collect();
    (parts, count)
}

/// The nodes that keep commands apart and share a node of the rule's scope with those touched, without these.
fn beside(topology: &Topology, rule: &Rule, touched: &[u32], scope_of: &[u32]) -> Vec<u32> {
    let Some(level) = rule.apart else { return Vec::new() };
    let scopes = |index: u32| nodes(topology, Node { level, index }, scope_of);
    let meets: Vec<u32> = touched.iter().flat_map(|&node| scopes(node)).collect();
    (0..topology.count(level))
        .filter(|node| !touched.contains(node))
        .filter(|&node| scopes(node).iter().any(|scope| meets.contains(scope)))
        .collect()
}

/// Per bank: its node of a level.
fn node_of(topology: &Topology, level: Level) -> Vec<u32> {
    let mut of = vec![0; topology.count(Level::Bank) as usize];
    for index in 0..topology.count(level) {
        for &bank in topology.banks(Node { level, index }) {
            of[bank as usize] = index;
        }
    }
    of
}

/// The nodes that hold a bank of `target`.
fn nodes(topology: &Topology, target: Node, node_of: &[u32]) -> Vec<u32> {
    let mut nodes: Vec<u32> =
        topology.banks(target).iter().map(|&bank| node_of[bank as usize]).collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}
