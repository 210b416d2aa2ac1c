//! Contradictions in a device description: all checks run, so that a user mends a file once.

mod family;
mod pim;

use std::collections::BTreeSet;

use crate::dram::ticks;
use crate::energy;
use crate::expr;
use crate::family::{Family, RuleSpec};
use crate::rules::in_force;
use crate::similar::Unknown;
use crate::spec::{DeviceSpec, Refresh};

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

/// Notes a path and a text unless something holds.
type Check<'a> = dyn FnMut(bool, &str, String) + 'a;

/// Everything that is wrong with a device of a family; `whole` is the family before the device's deviations.
pub(crate) fn of(spec: &DeviceSpec, family: &Family, whole: &Family) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut check = |holds: bool, path: &str, says: String| {
        if !holds {
            found.push(Finding { path: path.to_owned(), says });
        }
    };
    sizes(spec, &mut check);
    timing(spec, family, whole, &mut check);
    family::check(spec, family, &mut check);
    if let Some(units) = &spec.pim {
        pim::check(spec, units, family, &mut check);
    }
    energy::check(spec, family, &mut check);
    found
}

/// Deviations that name what is not there.
pub(crate) fn deviations(spec: &DeviceSpec, family: &Family) -> Vec<Finding> {
    let mut found = Vec::new();
    let known: BTreeSet<_> = family.rules.iter().map(|rule| rule.name.as_str()).collect();
    for deviation in &spec.deviations {
        let mut note = |says| {
            found.push(Finding { path: format!("deviations.{}", deviation.name), says });
        };
        for rule in deviation.without.iter().filter(|rule| !known.contains(rule.as_str())) {
            note(Unknown::new("rule", rule, known.iter().copied()).to_string());
        }
        for (name, change) in &deviation.commands {
            let Some(command) = family.command(name) else {
                let known = family.commands.iter().map(|command| command.name.as_str());
                note(Unknown::new("command", name, known).to_string());
                continue;
            };
            if let Some(reach) = change.reach.filter(|&reach| !command.reach.contains(reach)) {
                let (whole, part) = (command.reach.name(), reach.name());
                note(format!("`{name}` reaches a {whole}, of which a {part} is no part"));
            }
        }
        if deviation.activation.is_some() && spec.pim.is_none() {
            note("activation: the device has no PIM units".to_owned());
        }
    }
    found
}

/// Most banks of a channel. Tables hold each with what it keeps waiting; those that ship have up to 64.
const MOST_BANKS: u64 = 4096;

/// Most banks of a memory system, and most bursts of a bank: whatever counts them fits 32 bits.
const MOST_OF_ALL: u64 = 1 << 31;

/// Most bytes of a memory system: whatever counts them fits 64 bits.
const MOST_BYTES: u128 = 1 << 60;

/// Most clocks of a timing parameter, hundreds of refresh intervals: whatever is added to one stays far from the end of time.
const MOST_CLOCKS: u64 = 1 << 20;

/// Path, value, least and greatest allowed value.
type Limit = (&'static str, u64, u64, u64);

fn within(limits: &[Limit], check: &mut Check) {
    for &(path, value, least, most) in limits {
        let says = format!("{value} is outside {least} to {most}");
        check((least..=most).contains(&value), path, says);
    }
}

fn divides(part: u32, whole: u32) -> bool {
    part > 0 && whole.is_multiple_of(part)
}

fn sizes(spec: &DeviceSpec, check: &mut Check) {
    let g = &spec.geometry;
    let limits = [
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
    ];
    within(&limits, check);
    let of_channel = [g.pseudo_channels, g.ranks, g.banks].map(u64::from);
    let banks = of_channel.into_iter().fold(1, u64::saturating_mul);
    check(
        banks <= MOST_BANKS,
        "geometry.banks",
        format!(
            "{} pseudo-channels x {} ranks x {} banks are {banks} of a channel, at most {MOST_BANKS} are allowed",
            g.pseudo_channels, g.ranks, g.banks
        ),
    );
    let banks_of_all = banks.saturating_mul(g.channels.into());
    check(
        banks_of_all <= MOST_OF_ALL,
        "geometry.channels",
        format!(
            "all channels together have {banks_of_all} banks, at most {MOST_OF_ALL} are allowed"
        ),
    );
    let bursts = u64::from(g.rows) * u64::from(g.row_bytes) / u64::from(g.burst_bytes.max(1));
    check(
        bursts <= MOST_OF_ALL,
        "geometry.rows",
        format!("a bank has {bursts} bursts, at most {MOST_OF_ALL} are allowed"),
    );
    let of_banks = [banks, g.channels.into(), g.rows.into(), g.row_bytes.into()];
    let bytes = of_banks.into_iter().map(u128::from).fold(1, u128::saturating_mul);
    check(
        bytes <= MOST_BYTES,
        "geometry.channels",
        format!("all channels together have {bytes} B, at most {MOST_BYTES} are allowed"),
    );
    check(
        divides(g.bank_groups, g.banks),
        "geometry.banks",
        format!("{} banks do not divide into {} bank groups", g.banks, g.bank_groups),
    );
    check(
        divides(g.burst_bytes, g.row_bytes),
        "geometry.row_bytes",
        format!("a row of {} B is not a multiple of the {} B burst", g.row_bytes, g.burst_bytes),
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
    for (name, &delay) in &spec.timing {
        let clocks = ticks(spec.clock, delay).0.div_ceil(spec.clock.ticks_per_clock.max(1));
        let says = format!("{clocks} clocks are outside 0 to {MOST_CLOCKS}");
        check(clocks <= MOST_CLOCKS, &format!("timing.{name}"), says);
    }
    let zero = spec.timing.get("tREFI").is_some_and(|&delay| ticks(spec.clock, delay).0 == 0);
    check(
        !zero,
        "timing.tREFI",
        "must be above 0; `refresh: none` switches refresh off".to_owned(),
    );
    check(
        spec.refresh == Refresh::None || family.roles.refresh.of(spec.refresh).is_some(),
        "refresh",
        format!("family `{}` has no command for this scheme", family.name),
    );
}
