//! Claims notice when a timing parameter changes.

use std::collections::BTreeMap;

use pim_dram::DeviceSpec;
use pim_dram::device::DeviceError;
use pim_dram::spec::{DERIVED, Delay, PRESETS};
use rayon::prelude::*;
use validation::claim::{Claim, Status, Tier};
use validation::golden::{Run, aim, attacc, hbm_pim, newton, ramulator, runs};
use validation::measure::MeasureError;
use validation::presets::Presets;
use validation::run::run_on;

/// Per device: parameters that no run of a table of other simulators notices.
type Unnoticed = BTreeMap<String, Vec<String>>;

/// By one clock or 5 %, whichever is more.
fn longer(delay: Delay, period_ps: u64) -> Delay {
    let by = |value: u64, clock: u64| value + clock.max(value / 20).max(1);
    match delay {
        Delay::Ck(clocks) => Delay::Ck(by(clocks, 1)),
        Delay::Ns(ns) => Delay::Ns(by(ns, period_ps.div_ceil(1000))),
        Delay::Ps(ps) => Delay::Ps(by(ps, period_ps)),
    }
}

/// A device for each of its timing parameters, in which that one is longer.
fn altered(name: &str) -> Vec<(String, DeviceSpec)> {
    let spec = DeviceSpec::preset(name).expect("shipped preset").settled();
    let change = |parameter: &String| {
        let mut spec = spec.clone();
        let delay = spec.timing.get_mut(parameter).expect("one of its own");
        *delay = longer(*delay, spec.clock.period_ps);
        (parameter.clone(), spec)
    };
    spec.timing.keys().map(change).collect()
}

fn devices() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().chain(DERIVED).map(|&(name, _)| name)
}

#[test]
fn an_identity_misses_whichever_timing_parameter_changes() {
    let claims = Claim::shipped().unwrap();
    for name in devices() {
        let id = format!("timing.{name}");
        let claim = claims.iter().find(|claim| claim.id == id).expect("a claim for each device");
        assert_eq!((claim.tier, &claim.status), (Tier::Identity, &Status::Enforced));
        for (parameter, spec) in altered(name) {
            let outcome = run_on(&Presets::replacing(spec), &[claim], &|| ()).unwrap();
            assert!(outcome[0].verdict.fails(), "{name}: {parameter}");
        }
    }
}

/// Whether a run's cycles change; a device that contradicts itself is noticed, too.
fn notices<R: Run>(presets: &Presets, these: impl Fn(&R) -> bool) -> bool {
    let all = runs::<R>().unwrap();
    all.iter().filter(|run| these(run)).any(|run| match run.cycles(presets) {
        Ok(cycles) => cycles != run.published(),
        Err(MeasureError::Device(DeviceError::Invalid { .. })) => true,
        Err(error) => panic!("{}: {error}", run.name()),
    })
}

/// By the tables of its own simulator.
fn noticed(device: &str, presets: &Presets) -> bool {
    match device.split('-').next() {
        Some("aim") => {
            notices::<aim::Gemv>(presets, |_| true) || notices::<aim::Micro>(presets, |_| true)
        }
        Some("attacc") => notices::<attacc::Gemv>(presets, |_| true),
        Some("newton" | "neupims") => {
            notices::<newton::Gemv>(presets, |_| true)
                || notices::<newton::Timing>(presets, |_| true)
        }
        Some("hbm") => notices::<hbm_pim::Gemv>(presets, |_| true),
        // A few of its runs, since each takes longer than all of the others' together.
        Some("ramulator2") => notices::<ramulator::Run>(presets, |run| {
            let config = run.config.as_str();
            matches!((config, run.trace.as_str()), ("org4Gb_AllBank", "ideal_rd" | "seq_rd"))
                || (config.starts_with("base") && run.trace == "seq_rw21")
        }),
        _ => panic!("no table of `{device}`"),
    }
}

/// Cycles of other simulators pin most parameters of the devices that stand for them; the others are pinned by the identities
/// above alone.
#[test]
fn what_cycles_of_other_simulators_do_not_notice_is_listed() {
    let listed: Unnoticed = ron::from_str(include_str!("noticed/unnoticed.ron")).expect("a list");
    let compat: Vec<_> = devices().filter(|name| name.contains("compat")).collect();
    let unnoticed = |name: &&str| {
        let all = altered(name).into_par_iter();
        let left = all.filter(|(_, spec)| !noticed(name, &Presets::replacing(spec.clone())));
        ((*name).to_owned(), left.map(|(parameter, _)| parameter).collect())
    };
    let found: Unnoticed = compat.iter().map(unnoticed).collect();
    let text = ron::ser::to_string_pretty(&found, ron::ser::PrettyConfig::new()).unwrap();
    assert!(found == listed, "parameters that cycles do not notice are now:\n{text}");
}
