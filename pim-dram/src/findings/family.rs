//! What is wrong with the commands, rules and roles of a family, as the device uses them.

use std::collections::BTreeSet;

use super::Check;
use crate::family::{CommandSpec, Delays, Family, HostRoles, RowEffect};
use crate::geometry::Level;
use crate::rules::in_force;
use crate::spec::DeviceSpec;

pub(super) fn check(spec: &DeviceSpec, family: &Family, check: &mut Check) {
    names(family, check);
    buses(spec, family, check);
    budgets(spec, family, check);
    distances(family, check);
    if let Some(host) = &family.roles.host {
        accesses(host, family, check);
    }
}

fn names(family: &Family, check: &mut Check) {
    let known: BTreeSet<_> = family.commands.iter().map(|c| c.name.as_str()).collect();
    check(
        known.len() == family.commands.len() && known.len() <= usize::from(u8::MAX),
        "family",
        format!("the {} commands of `{}` need unique names, at most 255", known.len(), family.name),
    );
    let in_rules = family.rules.iter().flat_map(|rule| rule.after.iter().chain(&rule.before));
    for name in in_rules.chain(family.roles.names()) {
        let says = format!(
            "family `{}` names the command `{name}`, which it does not define",
            family.name
        );
        check(known.contains(name.as_str()), "family", says);
    }
}

/// Half clocks need ticks of half a clock.
fn buses(spec: &DeviceSpec, family: &Family, check: &mut Check) {
    for command in family.commands.iter().filter(|command| command.clocks.is_odd()) {
        check(
            spec.clock.ticks_per_clock > 1,
            "clock.ticks_per_clock",
            format!(
                "`{}` of family `{}` takes {} clocks, which needs 2 ticks a clock",
                command.name, family.name, command.clocks
            ),
        );
    }
}

/// Commands that a rule keeps apart lie in one node each of the level that does.
fn distances(family: &Family, check: &mut Check) {
    for rule in &family.rules {
        let Some(apart) = rule.apart else { continue };
        check(
            rule.scope.contains(apart) && rule.budget.is_none(),
            "family",
            format!(
                "rule `{}` keeps {} apart, which cannot be within {} or under a budget",
                rule.name,
                apart.name(),
                rule.scope.name()
            ),
        );
        for name in rule.after.iter().chain(&rule.before) {
            let fits = |c: &CommandSpec| c.reach == apart || apart.contains(c.reach);
            check(
                family.command(name).is_none_or(fits),
                "family",
                format!(
                    "rule `{}` keeps {} apart, `{name}` reaches more than one",
                    rule.name,
                    apart.name()
                ),
            );
        }
    }
}

/// Most activations of a budget; each takes a place in tables.
const MOST_BUDGET: u32 = 1024;

/// A budget is one of activations.
fn budgets(spec: &DeviceSpec, family: &Family, check: &mut Check) {
    for rule in family.rules.iter().filter(|rule| in_force(rule, spec) && rule.budget.is_some()) {
        let budget = rule.budget.unwrap_or_default();
        check(
            (1..=MOST_BUDGET).contains(&budget),
            "family",
            format!("rule `{}`: a budget of {budget} is outside 1 to {MOST_BUDGET}", rule.name),
        );
        for command in family.commands.iter().filter(|c| rule.after.contains(&c.name)) {
            check(
                matches!(command.row, RowEffect::Opens(_)) && command.reach >= rule.scope,
                "family",
                format!(
                    "rule `{}` has a budget of activations, `{}` is none in its scope",
                    rule.name, command.name
                ),
            );
        }
        let lengths: BTreeSet<_> =
            rule.after.iter().filter_map(|name| family.command(name)).map(|c| c.clocks).collect();
        check(
            family.delays == Delays::FirstEdge || lengths.len() < 2,
            "family",
            format!("rule `{}`: a budget between last edges has commands of one length", rule.name),
        );
        check(
            rule.after == rule.before,
            "family",
            format!("rule `{}`: a budget has one set of commands", rule.name),
        );
    }
}

/// The host's commands do to rows what their roles say, all in one buffer.
fn accesses(host: &HostRoles, family: &Family, check: &mut Check) {
    let Some(RowEffect::Opens(buffer)) = family.command(&host.activate).map(|c| c.row) else {
        let says = format!("`{}` of family `{}` opens no row", host.activate, family.name);
        return check(false, "family", says);
    };
    let (opens, needs, closes) =
        (RowEffect::Opens(buffer), RowEffect::Needs(buffer), RowEffect::Closes(buffer));
    let mut role = |role, name: &String, row, wide| {
        let fits = |c: &CommandSpec| c.row == row && (c.reach != Level::Bank) == wide;
        check(
            family.command(name).is_none_or(fits),
            "family",
            format!("`{name}` of family `{}` cannot be the host's {role}", family.name),
        );
    };
    role("activate", &host.activate, opens, false);
    role("precharge", &host.precharge, closes, false);
    role("precharge_all", &host.precharge_all, closes, true);
    role("read", &host.read, needs, false);
    role("write", &host.write, needs, false);
    let spends = RowEffect::NeedsAndCloses(buffer);
    for (name, of) in
        [("read_precharge", &host.read_precharge), ("write_precharge", &host.write_precharge)]
    {
        if let Some(command) = of {
            role(name, command, spends, false);
        }
    }
}
