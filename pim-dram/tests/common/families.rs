//! The family of the random devices with other buses, edges and rules.

use pim_dram::DeviceSpec;
use pim_dram::family::{CommandSpec, Delays, Edge, Family, HalfClocks, RuleSpec};
use pim_dram::geometry::Level;
use proptest::prelude::*;

/// What is changed: half clocks and rising edges by command, delays between last edges, commands kept apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Changes {
    edges: Option<u64>,
    last_edge: bool,
    apart: bool,
}

/// Any; half clocks and edges need two ticks a clock.
pub(crate) fn any_changes() -> impl Strategy<Value = Changes> {
    (prop::option::of(any::<u64>()), any::<bool>(), any::<bool>())
        .prop_map(|(edges, last_edge, apart)| Changes { edges, last_edge, apart })
}

impl Changes {
    /// As a family name that [`family`] understands.
    pub(crate) fn name(self, base: &str, ticks_per_clock: u64) -> String {
        let mut name = base.to_owned();
        if let Some(bits) = self.edges.filter(|_| ticks_per_clock == 2) {
            name += &format!("+edges:{bits}");
        }
        if self.last_edge {
            name += "+last_edge";
        }
        if self.apart {
            name += "+apart";
        }
        name
    }
}

/// The shipped family of a device, changed as its name says.
pub(crate) fn family(spec: &DeviceSpec) -> Family {
    let mut parts = spec.family.split('+');
    let mut family = Family::shipped(parts.next().unwrap_or_default()).expect("shipped family");
    for change in parts {
        match change.split_once(':') {
            Some((_, bits)) => edges(&mut family.commands, bits.parse().expect("bits")),
            None if change == "last_edge" => family.delays = Delays::LastEdge,
            None => apart(&mut family.rules),
        }
    }
    family
}

/// Two bits a command: half a clock less, and rising edges alone. Activations are alike, as their budget wants.
fn edges(commands: &mut [CommandSpec], bits: u64) {
    for (index, command) in commands.iter_mut().enumerate() {
        let bit = |place: usize| bits >> (place % 64) & 1 == 1;
        let activates = command.name.contains("ACT");
        if bit(if activates { 0 } else { 2 * index }) {
            let clocks = if activates { 1.5 } else { 0.5 };
            command.clocks = HalfClocks::try_from(clocks).expect("half clocks");
        }
        if bit(2 * index + 1) {
            command.edge = Edge::Rising;
        }
    }
}

/// Spacing of ranks, and of bank groups of a rank.
fn apart(rules: &mut Vec<RuleSpec>) {
    let rule = |scope, apart, after: &[&str], before: &[&str], wait: &str| {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        RuleSpec {
            name: "apart".to_owned(),
            when: Default::default(),
            scope,
            apart: Some(apart),
            after: names(after),
            before: names(before),
            wait: wait.to_owned(),
            budget: None,
        }
    };
    let (columns, opens) = (["RD", "WR"], ["ACT", "PACT", "PACTG"]);
    rules.extend([
        rule(Level::PseudoChannel, Level::Rank, &columns, &columns, "tRTW"),
        rule(Level::Channel, Level::Rank, &opens, &opens, "tRRD_L + tRTP"),
        rule(Level::Rank, Level::BankGroup, &["RD"], &["WR", "PRE"], "tRTW + tRTP"),
    ]);
}
