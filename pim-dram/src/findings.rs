//! Contradictions in a device description: all checks run, so that a user mends a file once.

use std::collections::BTreeSet;

use crate::alu::Format;
use crate::device::in_force;
use crate::energy;
use crate::expr;
use crate::family::{Family, RowEffect, RuleSpec};
use crate::geometry::Level;
use crate::spec::{Activation, DeviceSpec, Refresh};

/// One contradiction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Dotted path of the field, as in the RON file.
    pub path: String,
    /// What was found and what is allowed.
    pub says: String,
}

pub(crate) fn join(findings: &[Finding]) -> String {
    let lines: Vec<_> = findings.iter().map(|f| format!("{}: {}", f.path, f.says)).collect();
    lines.join("; ")
}

/// Everything that is wrong with a device of a family; `whole` is the family before the device's deviations.
pub(crate) fn of(spec: &DeviceSpec, family: &Family, whole: &Family) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut check = |holds: bool, path: &str, says: String| {
        if !holds {
            found.push(Finding { path: path.to_owned(), says });
        }
    };
    ranges(spec, &mut check);
    shapes(spec, &mut check);
    timing(spec, family, whole, &mut check);
    names(family, &mut check);
    budgets(spec, family, &mut check);
    abilities(spec, family, &mut check);
    energy::check(spec, family, &mut check);
    found
}

/// Deviations that name what is not there.
pub(crate) fn deviations(spec: &DeviceSpec, family: &Family) -> Vec<Finding> {
    let mut found = Vec::new();
    let known: BTreeSet<_> = family.rules.iter().map(|rule| rule.name.as_str()).collect();
    for deviation in &spec.deviations {
        for rule in deviation.without.iter().filter(|rule| !known.contains(rule.as_str())) {
            let known: Vec<_> = known.iter().copied().collect();
            found.push(Finding {
                path: format!("deviations.{}", deviation.name),
                says: format!("no rule is called `{rule}`; there is {}", known.join(", ")),
            });
        }
    }
    found
}

/// What the device asks for and its family cannot do.
fn abilities(spec: &DeviceSpec, family: &Family, check: &mut Check) {
    let roles = &family.roles;
    check(
        roles.activate.of(spec.activation).is_some(),
        "activation",
        format!("family `{}` has no command for this policy", family.name),
    );
    check(
        spec.refresh == Refresh::None || roles.refresh(spec.refresh).is_some(),
        "refresh",
        format!("family `{}` has no command for this scheme", family.name),
    );
    let reach = |name: &String| family.commands.iter().find(|c| c.name == *name).map(|c| c.reach);
    let shared = reach(&roles.mac) == Some(Level::UnitBank);
    check(
        spec.pim.banks_per_unit == 1 || shared,
        "pim.banks_per_unit",
        format!("`{}` of family `{}` reaches all banks at once", roles.mac, family.name),
    );
    check(
        spec.pim.vector_buffers < 2 || roles.write_vector_ahead.is_some(),
        "pim.vector_buffers",
        format!("family `{}` writes one buffer only", family.name),
    );
}

type Check<'a> = dyn FnMut(bool, &str, String) + 'a;

/// Field, value, least and greatest allowed value.
fn ranges(spec: &DeviceSpec, check: &mut Check) {
    let (g, p) = (&spec.geometry, &spec.pim);
    let gang = match spec.activation {
        Activation::Ganged(banks) => banks,
        Activation::PerBank | Activation::AllBank => 1,
    };
    let limits: [(&str, u64, u64, u64); 18] = [
        ("clock.period_ps", spec.clock.period_ps, 1, 1_000_000),
        ("clock.ticks_per_clock", spec.clock.ticks_per_clock, 1, 2),
        ("geometry.channels", g.channels.into(), 1, 1 << 20),
        ("geometry.pseudo_channels", g.pseudo_channels.into(), 1, 64),
        ("geometry.ranks", g.ranks.into(), 1, 64),
        ("geometry.bank_groups", g.bank_groups.into(), 1, g.banks.into()),
        ("geometry.banks", g.banks.into(), 1, 1024),
        ("geometry.rows", g.rows.into(), 1, 1 << 24),
        ("geometry.row_bytes", g.row_bytes.into(), 1, 1 << 20),
        ("geometry.burst_bytes", g.burst_bytes.into(), 1, g.row_bytes.into()),
        ("pim.lanes", p.lanes.into(), 1, 1 << 16),
        ("pim.element_bytes", p.element_bytes.into(), 1, 8),
        ("pim.vector_buffer_bytes", p.vector_buffer_bytes.into(), g.burst_bytes.into(), 1 << 20),
        ("pim.vector_buffers", p.vector_buffers.into(), 1, 2),
        ("pim.accumulators", p.accumulators.into(), 1, 64),
        ("pim.result_bytes", p.result_bytes.into(), 1, 64),
        ("pim.banks_per_unit", p.banks_per_unit.into(), 1, g.banks.into()),
        ("activation.ganged", gang.into(), 1, g.banks.into()),
    ];
    for (path, value, least, most) in limits {
        let says = format!("{value} is outside {least} to {most}");
        check((least..=most).contains(&value), path, says);
    }
}

fn shapes(spec: &DeviceSpec, check: &mut Check) {
    let (g, p) = (&spec.geometry, &spec.pim);
    let divides = |part: u32, whole: u32| part > 0 && whole.is_multiple_of(part);
    check(
        divides(g.bank_groups, g.banks),
        "geometry.banks",
        format!("{} banks do not divide into {} bank groups", g.banks, g.bank_groups),
    );
    check(
        divides(p.banks_per_unit, g.banks),
        "pim.banks_per_unit",
        format!("{} banks do not divide into units of {}", g.banks, p.banks_per_unit),
    );
    check(
        divides(g.burst_bytes, g.row_bytes),
        "geometry.row_bytes",
        format!("a row of {} B is not a multiple of the {} B burst", g.row_bytes, g.burst_bytes),
    );
    check(
        divides(g.burst_bytes, p.vector_buffer_bytes),
        "pim.vector_buffer_bytes",
        format!("{} B are not a multiple of the {} B burst", p.vector_buffer_bytes, g.burst_bytes),
    );
    let operands = u64::from(p.lanes) * u64::from(p.element_bytes);
    check(
        operands == u64::from(g.burst_bytes),
        "pim.lanes",
        format!(
            "{} lanes x {} B take {operands} B, a burst brings {} B",
            p.lanes, p.element_bytes, g.burst_bytes
        ),
    );
    let element = p.arithmetic.element;
    check(
        element != Format::Fp32 && element.bytes() == p.element_bytes,
        "pim.arithmetic.element",
        format!("{element:?} for elements of {} B; bf16 and fp16 have 2", p.element_bytes),
    );
}

/// A parameter whose rules a deviation dropped is still known.
fn timing<'a>(spec: &DeviceSpec, family: &'a Family, whole: &'a Family, check: &mut Check) {
    const CONTROLLER: [&str; 3] = ["tREFI", "tCL", "nBL"];
    let names = |rules: &mut dyn Iterator<Item = &'a RuleSpec>| -> BTreeSet<&'a str> {
        rules.flat_map(|rule| expr::names(&rule.wait)).chain(CONTROLLER).collect()
    };
    let known = names(&mut family.rules.iter().chain(&whole.rules));
    let used = names(&mut family.rules.iter().filter(|rule| in_force(rule, spec)));
    for name in spec.timing.keys() {
        let list: Vec<_> = known.iter().copied().collect();
        check(
            known.contains(name.as_str()),
            &format!("timing.{name}"),
            format!("family `{}` has no such parameter; it has {}", family.name, list.join(", ")),
        );
    }
    for name in &used {
        let says = format!("missing; family `{}` needs it", family.name);
        check(spec.timing.contains_key(*name), &format!("timing.{name}"), says);
    }
    let zero =
        spec.timing.get("tREFI").is_some_and(|&d| crate::device::ticks(spec.clock, d).0 == 0);
    check(
        !zero,
        "timing.tREFI",
        "must be above 0; `refresh: none` switches refresh off".to_owned(),
    );
}

fn names(family: &Family, check: &mut Check) {
    let known: BTreeSet<_> = family.commands.iter().map(|c| c.name.as_str()).collect();
    check(
        known.len() == family.commands.len() && known.len() <= usize::from(u8::MAX),
        "family",
        format!("the {} commands of `{}` need unique names, at most 255", known.len(), family.name),
    );
    let r = &family.roles;
    let a = &r.activate;
    let optional =
        [&a.per_bank, &a.ganged, &a.all_bank, &r.precharge_host, &r.write_vector_ahead, &r.clear];
    let optional = optional.into_iter().flatten().chain(
        [&r.refresh_per_bank, &r.refresh_same_bank, &r.precharge_bank].into_iter().flatten(),
    );
    let modes = r.setup.iter().chain(&r.teardown);
    let required = [&r.precharge, &r.write_vector, &r.mac, &r.read_result, &r.refresh];
    let roles = required.into_iter().chain(optional).chain(modes);
    let in_rules = family.rules.iter().flat_map(|rule| rule.after.iter().chain(&rule.before));
    for name in in_rules.chain(roles) {
        let says = format!(
            "family `{}` names the command `{name}`, which it does not define",
            family.name
        );
        check(known.contains(name.as_str()), "family", says);
    }
}

/// A command opens no more banks than a budget that binds it allows in one window.
fn budgets(spec: &DeviceSpec, family: &Family, check: &mut Check) {
    for rule in family.rules.iter().filter(|rule| in_force(rule, spec)) {
        let Some(budget) = rule.budget else { continue };
        let commands = family.commands.iter().filter(|c| rule.after.contains(&c.name));
        for command in commands {
            check(
                matches!(command.row, RowEffect::Opens(_)) && command.reach >= rule.scope,
                "family",
                format!(
                    "rule `{}` has a budget of activations, `{}` is none in its scope",
                    rule.name, command.name
                ),
            );
            let used =
                matches!(spec.activation, Activation::Ganged(_)) && command.reach == Level::Gang;
            check(
                !used || spec.gang() <= budget,
                "activation.ganged",
                format!(
                    "{} banks a command exceed the {budget} that {} allows at once",
                    spec.gang(),
                    rule.name
                ),
            );
        }
        check(
            rule.after == rule.before,
            "family",
            format!("rule `{}`: a budget has one set of commands", rule.name),
        );
    }
}
