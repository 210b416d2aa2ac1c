//! Rules between two commands with their delays in ticks: those of the family, and those of the command buses.

use std::collections::BTreeMap;

use crate::dram::CommandId;
use crate::expr::{self, ExprError};
use crate::family::{Bus, CommandSpec, Delays, Family, HalfClocks, RuleSpec, When};
use crate::geometry::Level;
use crate::spec::{ColumnPath, DeviceSpec, Refresh};
use crate::time::{Clock, Ticks};

/// A rule with its delay in ticks.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Name in reports.
    pub name: String,
    /// Where the two commands must meet.
    pub scope: Level,
    /// Within `scope` they lie in different nodes of this level; anywhere if `None`.
    pub apart: Option<Level>,
    /// Earlier commands.
    pub after: Vec<CommandId>,
    /// Later commands.
    pub before: Vec<CommandId>,
    /// `wait` as the rule table writes it, over the timing parameters; integers are clocks.
    pub expr: String,
    /// Least distance, or length of the window of a budget.
    pub wait: Ticks,
    /// Banks that may be opened within the window, for a rule of that kind.
    pub budget: Option<u32>,
}

/// All rules of a device: the command buses', then those of its family that are in force.
pub(crate) fn resolve(
    spec: &DeviceSpec,
    family: &Family,
    timing: &BTreeMap<String, Ticks>,
) -> Result<Vec<Rule>, ExprError> {
    let mut rules = bus_rules(spec.clock, &family.commands);
    for rule in family.rules.iter().filter(|rule| in_force(rule, spec)) {
        let wait = expr::eval(&rule.wait, timing, spec.clock.ticks_per_clock)?;
        let befores = by_length(&rule.before, spec.clock, family);
        for (length, after) in by_length(&rule.after, spec.clock, family) {
            for (next, before) in &befores {
                rules.push(Rule {
                    name: rule.name.clone(),
                    scope: rule.scope,
                    apart: rule.apart,
                    after: after.clone(),
                    before: before.clone(),
                    expr: rule.wait.clone(),
                    wait: Ticks((wait.0 + length).saturating_sub(*next)),
                    budget: rule.budget,
                });
            }
        }
    }
    Ok(rules)
}

/// Commands by the ticks that follow their first one on the bus, as far as delays depend on that.
fn by_length(names: &[String], clock: Clock, family: &Family) -> BTreeMap<u64, Vec<CommandId>> {
    let mut lengths: BTreeMap<u64, Vec<CommandId>> = BTreeMap::new();
    for name in names {
        let length = match (family.delays, family.command(name)) {
            (Delays::LastEdge, Some(command)) => command.clocks.ticks(clock).0,
            _ => 0,
        };
        lengths.entry(length).or_default().push(family.id(name));
    }
    lengths
}

pub(crate) fn in_force(rule: &RuleSpec, spec: &DeviceSpec) -> bool {
    match rule.when {
        When::Always => true,
        When::SharedColumnPath => spec.pim.is_some_and(|pim| pim.column_path == ColumnPath::Shared),
        When::PerBankRefresh => spec.refresh == Refresh::PerBank,
        When::SameBankRefresh => spec.refresh == Refresh::SameBank,
    }
}

/// Commands of a bus are as far apart as the earlier one occupies it.
fn bus_rules(clock: Clock, commands: &[CommandSpec]) -> Vec<Rule> {
    let on = |bus: Bus, clocks: Option<HalfClocks>| {
        (0_u8..)
            .zip(commands)
            .filter(move |(_, c)| c.bus == bus && clocks.is_none_or(|n| c.clocks == n))
    };
    let mut rules = Vec::new();
    for (bus, name) in [(Bus::Row, "row bus"), (Bus::Column, "column bus")] {
        let mut lengths: Vec<_> = on(bus, None).map(|(_, c)| c.clocks).collect();
        lengths.sort_unstable();
        lengths.dedup();
        for clocks in lengths {
            rules.push(Rule {
                name: name.to_owned(),
                scope: Level::Channel,
                apart: None,
                after: on(bus, Some(clocks)).map(|(id, _)| CommandId(id)).collect(),
                before: on(bus, None).map(|(id, _)| CommandId(id)).collect(),
                expr: clocks.to_string(),
                wait: clocks.ticks(clock),
                budget: None,
            });
        }
    }
    rules
}
