//! Energy numbers that are missing or out of range: a forgotten one must not become a silent zero.

use super::spec::{Budgets, Draw, EnergySpec};
use crate::dram::ticks;
use crate::family::{CommandSpec, Family, RowEffect};
use crate::spec::DeviceSpec;

/// Largest number of any field: a millijoule an event, a megawatt. It keeps sums far from the end of their integers.
const MOST: f64 = 1e9;

/// Everything that is wrong with the energy numbers and budgets of a device.
pub(crate) fn check(
    spec: &DeviceSpec,
    family: &Family,
    check: &mut impl FnMut(bool, &str, String),
) {
    if let Some(energy) = &spec.energy {
        numbers(spec, energy, family, check);
        draws(family, check);
    }
    if let Some(budgets) = &spec.budgets {
        shares(spec, budgets, check);
    }
}

/// What a command draws costs something.
fn numbers(
    spec: &DeviceSpec,
    energy: &EnergySpec,
    family: &Family,
    check: &mut impl FnMut(bool, &str, String),
) {
    for draw in Draw::ALL {
        let (field, value) = energy.number(draw);
        let path = format!("energy.{field}");
        let fits = (0.0..=MOST).contains(&value);
        check(fits, &path, format!("{value} is outside 0 to {MOST}"));
        let drawn = |command: &&CommandSpec| command.energy.iter().any(|term| term.draws == draw);
        // Without units nothing multiplies.
        let priced = fits && (draw != Draw::Mac || spec.pim.is_some());
        if let Some(command) = family.commands.iter().find(drawn).filter(|_| priced) {
            check(
                energy.femtojoules(draw, spec) > 0,
                &path,
                format!("{value}; `{}` draws it, so that it must be above 0", command.name),
            );
        }
    }
    let value = energy.background_mw;
    check(
        value > 0.0 && value <= MOST,
        "energy.background_mw",
        format!("{value} is not above 0 and at most {MOST}"),
    );
}

/// Commands on rows and in roles draw what they cannot do without.
fn draws(family: &Family, check: &mut impl FnMut(bool, &str, String)) {
    let refreshes = family.roles.refresh.names().map(|name| (name, Draw::Refresh));
    let of_units = family.roles.pim.iter().flat_map(|roles| {
        let ahead = roles.write_vector_ahead.iter().map(|name| (name, Draw::Io));
        [(&roles.mac, Draw::Mac), (&roles.write_vector, Draw::Io), (&roles.read_result, Draw::Io)]
            .into_iter()
            .chain(ahead)
    });
    let by_role: Vec<_> = refreshes.chain(of_units).collect();
    for command in &family.commands {
        let by_row = match command.row {
            RowEffect::Opens(_) => Some(Draw::Activation),
            RowEffect::Needs(_) | RowEffect::NeedsAndCloses(_) => Some(Draw::Column),
            RowEffect::Ignores
            | RowEffect::Closes(_)
            | RowEffect::Closed
            | RowEffect::Refreshes => None,
        };
        let role = by_role.iter().filter(|(name, _)| **name == command.name).map(|(_, draw)| *draw);
        for draw in role.chain(by_row) {
            check(
                command.energy.iter().any(|term| term.draws == draw && term.times > 0),
                "energy",
                format!("`{}` of family `{}` draws no {}", command.name, family.name, draw.name()),
            );
        }
    }
}

fn shares(spec: &DeviceSpec, budgets: &Budgets, check: &mut impl FnMut(bool, &str, String)) {
    let shares = [
        ("budgets.capacity_lost_share", budgets.capacity_lost_share),
        ("budgets.area_share", budgets.area_share),
    ];
    for (path, share) in shares {
        let Some(share) = share else { continue };
        check((0.0..1.0).contains(&share), path, format!("{share} is no share from 0 to below 1"));
    }
    let (limit, window) = (budgets.peak.limit_mw, ticks(spec.clock, budgets.peak.window));
    check(
        limit > 0.0 && limit <= MOST,
        "budgets.peak.limit_mw",
        format!("{limit} is not above 0 and at most {MOST}"),
    );
    check(window.0 > 0, "budgets.peak.window", "must be above 0".to_owned());
}
