//! The rules of the compat devices are those that Ramulator 2.1@c5b1c3a resolves for HBM3_16Gb_8hi and HBM3_4Gb at
//! HBM3_6400Mbps, in ticks of half a clock: no pair of commands more, none less. Refresh management (RFM) is left out.

use std::collections::BTreeMap;

use pim_dram::DeviceSpec;
use pim_dram::device::{CommandId, Dram, Rule};
use pim_dram::geometry::Level;

/// `scope,preceding,following,ticks of 16Gb_8hi,ticks of 4Gb,window,sibling`.
const TABLE: &str = include_str!("hbm3_constraints.csv");

/// Level at which two commands meet, what they lie apart in, their names, and the banks of a window of activations.
type Pair = (Level, Option<Level>, String, String, u32);

/// The coarsest level that says the same: a command that reaches whole nodes binds all of their banks alike.
fn meets(scope: Level, reaches: [Level; 2]) -> Level {
    let [one, other] = reaches.map(|reach| if reach.contains(scope) { reach } else { scope });
    one.min(other)
}

/// The longest tick count of every pair.
fn longest(pairs: impl Iterator<Item = (Pair, u64)>) -> BTreeMap<Pair, u64> {
    let mut longest = BTreeMap::new();
    for (pair, ticks) in pairs {
        let known = longest.entry(pair).or_insert(ticks);
        *known = ticks.max(*known);
    }
    longest
}

fn ours(dram: &Dram) -> BTreeMap<Pair, u64> {
    let of_rule = |rule: &Rule| {
        let pair = |(after, before): (CommandId, CommandId)| {
            let commands = [after, before].map(|id| dram.command(id));
            let level = meets(rule.scope, commands.map(|command| command.reach));
            let [after, before] = commands.map(|command| command.name.clone());
            let level = if rule.apart.is_some() { rule.scope } else { level };
            ((level, rule.apart, after, before, rule.budget.unwrap_or(1)), rule.wait.0)
        };
        let befores = || rule.before.iter().copied();
        let pairs = rule.after.iter().flat_map(|&after| befores().map(move |b| (after, b)));
        pairs.map(pair).collect::<Vec<_>>()
    };
    // That a bus takes one command a tick is no line of the table; paired edges are its controller's matter
    // (hbm34_controller.cpp).
    let listed = |rule: &&Rule| rule.wait.0 > 1 && rule.name != "paired edges";
    longest(dram.rules.iter().filter(listed).flat_map(of_rule))
}

fn theirs(dram: &Dram, column: usize) -> BTreeMap<Pair, u64> {
    let name = |name: &str| match name {
        "PREpb" => "PRE".to_owned(),
        "PREab" => "PREA".to_owned(),
        name => name.to_owned(),
    };
    let reach = |name: &String| {
        let command = dram.commands.iter().find(|command| command.name == *name);
        command.unwrap_or_else(|| panic!("no {name}")).reach
    };
    let of_line = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |cell: usize| cells[cell].parse::<u32>().expect("a number");
        let (scope, apart) = match (cells[0], number(6)) {
            ("Channel", 0) => (Level::Channel, None),
            ("PseudoChannel", 0) => (Level::PseudoChannel, None),
            ("Sid", 0) => (Level::Rank, None),
            ("Sid", 1) => (Level::PseudoChannel, Some(Level::Rank)),
            ("BankGroup", 0) => (Level::BankGroup, None),
            ("Bank", 0) => (Level::Bank, None),
            other => panic!("no scope {other:?}"),
        };
        let mut pairs = Vec::new();
        for after in cells[1].split('|').map(name) {
            for before in cells[2].split('|').map(name) {
                let level = meets(scope, [reach(&after), reach(&before)]);
                let level = if apart.is_some() { scope } else { level };
                let pair = (level, apart, after.clone(), before, number(5));
                pairs.push((pair, number(column).into()));
            }
        }
        pairs
    };
    longest(TABLE.lines().skip(1).flat_map(of_line))
}

#[test]
fn every_pair_is_theirs_and_every_one_of_theirs_is_there() {
    assert_eq!(TABLE.lines().count(), 1 + 41);
    for (name, column) in
        [("ramulator2-compat-hbm3-16gb-8hi", 3), ("ramulator2-compat-hbm3-4gb", 4)]
    {
        let spec = DeviceSpec::preset(name).expect("shipped preset");
        assert_eq!(spec.controller.as_deref(), Some("ramulator2"));
        let dram = Dram::new(&spec).expect("valid device");
        assert_eq!(ours(&dram), theirs(&dram, column), "{name}");
        // From the command to the data, 22 clocks.
        assert_eq!(dram.read_latency.0, 44);
    }
}
