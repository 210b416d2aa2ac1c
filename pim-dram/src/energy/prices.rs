//! Energy per command and target, in femtojoules.

use super::spec::{Draw, EnergySpec, Term};
use crate::dram::CommandId;
use crate::family::CommandSpec;
use crate::geometry::{Level, Node, Topology};
use crate::spec::DeviceSpec;

/// What each command costs.
#[derive(Clone, Debug)]
pub(crate) struct Prices {
    /// By command, then target, then [`Draw`].
    draws: Vec<Vec<[u64; Draw::ALL.len()]>>,
    /// The part of it that counts towards the peak, by command, then target.
    peak: Vec<Vec<u64>>,
}

impl Prices {
    /// The prices of a device's commands; `None` if it does not give them.
    pub(crate) fn new(
        spec: &DeviceSpec,
        commands: &[CommandSpec],
        topology: &Topology,
    ) -> Option<Self> {
        let energy = spec.energy.as_ref()?;
        let targets = |command: &CommandSpec| {
            let price = |index| {
                price(spec, energy, topology, command, Node { level: command.reach, index })
            };
            (0..topology.count(command.reach)).map(price).collect::<Vec<_>>()
        };
        let draws: Vec<_> = commands.iter().map(targets).collect();
        let in_peak = |price: &[u64; Draw::ALL.len()]| {
            Draw::ALL.iter().filter(|draw| draw.in_peak()).map(|&draw| price[draw as usize]).sum()
        };
        let peak = draws.iter().map(|targets| targets.iter().map(in_peak).collect()).collect();
        Some(Self { draws, peak })
    }

    pub(crate) fn draws(&self, command: CommandId, target: u32) -> &[u64; Draw::ALL.len()] {
        &self.draws[usize::from(command.0)][target as usize]
    }

    pub(crate) fn peak(&self, command: CommandId, target: u32) -> u64 {
        self.peak[usize::from(command.0)][target as usize]
    }
}

fn price(
    spec: &DeviceSpec,
    energy: &EnergySpec,
    topology: &Topology,
    command: &CommandSpec,
    target: Node,
) -> [u64; Draw::ALL.len()] {
    let mut price = [0; Draw::ALL.len()];
    for term in &command.energy {
        let one = energy.femtojoules(term.draws, spec);
        price[term.draws as usize] += one * u64::from(term.times) * nodes(topology, term, target);
    }
    price
}

/// Nodes that a term counts for a command on `target`.
fn nodes(topology: &Topology, term: &Term, target: Node) -> u64 {
    let holder = |level: Level| Node { level, index: topology.cover(target, level)[0] };
    topology.cover(term.of.map_or(target, holder), term.each).len() as u64
}
