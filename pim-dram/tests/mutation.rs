//! Every rule of every shipped device matters: with any one of them lowered by a tick, or to the clock edge before, some stream
//! of commands breaks it, and the checker says so. Rules that other rules always outlast are listed in `mutation/hidden.ron` with those that do.

mod hunt;

use std::collections::BTreeMap;

use self::hunt::{hunt, label};
use pim_dram::dram::CommandId;
use pim_dram::spec::{ColumnPath, DERIVED, Delay, PRESETS, Refresh};
use pim_dram::{DeviceSpec, Dram};

/// Per device: rules that never bind, and the rules behind which they hide. Without those, they bind.
type Hidden = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// Every preset, and one with each of the switches that bring rules into force.
fn devices() -> impl Iterator<Item = (String, Dram)> {
    let preset = |name: &str| DeviceSpec::preset(name).expect("shipped preset");
    let shipped =
        PRESETS.iter().chain(DERIVED).map(move |&(name, _)| (name.to_owned(), preset(name)));
    let switched = [Refresh::PerBank, Refresh::SameBank].map(|refresh| {
        let mut spec = preset("sieve-hbm3e");
        spec.refresh = refresh;
        spec.pim.as_mut().expect("PIM units").column_path = ColumnPath::Shared;
        // Lockstep units find no time between refreshes of single banks that take longer than their distance.
        spec.timing.insert("tRFCpb".to_owned(), Delay::Ns(50));
        (format!("sieve-hbm3e, refresh {refresh:?}, column path shared"), spec)
    });
    shipped.chain(switched).map(|(name, spec)| (name, Dram::new(&spec).expect("valid device")))
}

#[test]
fn each_rule_binds_or_hides_behind_those_that_are_listed() {
    let listed: Hidden = ron::from_str(include_str!("mutation/hidden.ron")).expect("a table");
    let found: Hidden = devices().map(|(name, device)| (name, hidden(&device))).collect();
    let found_text = ron::ser::to_string_pretty(&found, ron::ser::PrettyConfig::new());
    assert!(
        found == listed,
        "the rules that never bind are now:\n{}",
        found_text.expect("plain data")
    );
}

/// Rules that no stream reaches, with the fewest others that have to go before one does.
fn hidden(device: &Dram) -> BTreeMap<String, Vec<String>> {
    let mut hidden = BTreeMap::new();
    for rule in (0..device.rules.len()).filter(|&rule| device.rules[rule].wait.0 > 0) {
        if !hunt(device, rule, &[]) {
            hidden.insert(label(device, rule), behind(device, rule));
        }
    }
    hidden
}

/// The first rule, or pair of rules, without which this one binds; none if only the order in which rows open and close
/// keeps it from binding.
fn behind(device: &Dram, rule: usize) -> Vec<String> {
    let others = || (0..device.rules.len()).filter(move |&other| other != rule);
    let meets = |&other: &usize| {
        let touches = |ids: &[CommandId]| {
            let rule = &device.rules[rule];
            ids.iter().any(|id| rule.after.contains(id) || rule.before.contains(id))
        };
        let other = &device.rules[other];
        touches(&other.after) || touches(&other.before)
    };
    let singles = others().filter(meets).map(|a| vec![a]);
    let pairs = others().filter(meets).flat_map(|a| {
        (a + 1..device.rules.len())
            .filter(move |&b| b != rule)
            .filter(meets)
            .map(move |b| vec![a, b])
    });
    let found = singles.chain(pairs).find(|without| hunt(device, rule, without));
    found.unwrap_or_default().into_iter().map(|other| label(device, other)).collect()
}
