//! Short files that would take all memory or time there is are refused instead. Found by fuzzing.

use pim_dram::family::Family;
use pim_dram::spec::Delay;
use pim_dram::{Device, DeviceSpec, Dram};

fn hbm() -> DeviceSpec {
    DeviceSpec::preset("hbm3-16gb-8hi").expect("a preset")
}

#[track_caller]
fn refused(spec: &DeviceSpec, family: &Family, says: &str) {
    let error = Dram::of_family(spec, family).expect_err("a limit").to_string();
    assert!(error.contains(says), "{error}");
}

#[test]
fn a_channel_has_no_more_banks_than_tables_can_hold() {
    let mut spec = hbm();
    let family = Family::shipped(&spec.family).unwrap();
    let g = &mut spec.geometry;
    (g.pseudo_channels, g.ranks, g.bank_groups, g.banks) = (64, 64, 256, 1024);
    let says = "geometry.banks: 64 pseudo-channels x 64 ranks x 1024 banks are 4194304 of a channel, at most 4096 are allowed";
    refused(&spec, &family, says);
}

#[test]
fn the_bytes_of_a_memory_fit_their_counter() {
    let mut spec = hbm();
    let family = Family::shipped(&spec.family).unwrap();
    let g = &mut spec.geometry;
    (g.channels, g.rows, g.row_bytes) = (1 << 20, 1 << 24, 1 << 20);
    let says = "geometry.channels: all channels together have 1180591620717411303424 B, at most 1152921504606846976 are allowed";
    refused(&spec, &family, says);
}

#[test]
fn banks_of_all_channels_and_bursts_of_a_bank_fit_their_counters() {
    let mut spec = hbm();
    let family = Family::shipped(&spec.family).unwrap();
    let g = &mut spec.geometry;
    (g.channels, g.pseudo_channels, g.ranks, g.bank_groups, g.banks) = (1 << 20, 64, 1, 4, 64);
    let says = "geometry.channels: all channels together have 4294967296 banks, at most 2147483648 are allowed";
    refused(&spec, &family, says);
    let mut spec = hbm();
    (spec.geometry.rows, spec.geometry.row_bytes) = (1 << 24, 256 * spec.geometry.burst_bytes);
    let says = "geometry.rows: a bank has 4294967296 bursts, at most 2147483648 are allowed";
    refused(&spec, &family, says);
}

#[test]
fn a_budget_has_no_more_places_than_tables_can_hold() {
    let spec = hbm();
    let mut family = Family::shipped(&spec.family).unwrap();
    let rule = family.rules.iter_mut().find(|rule| rule.budget.is_some()).unwrap();
    rule.budget = Some(u32::MAX);
    refused(&spec, &family, "rule `tFAW`: a budget of 4294967295 is outside 1 to 1024");
}

/// Refreshes are tried out on a channel, which a wait of any length must not drive off the end of time.
#[test]
fn no_wait_is_longer_than_a_channel_can_be_driven_with() {
    for preset in ["hbm3-16gb-8hi", "sieve-hbm3e", "gddr6-aim"] {
        let spec = DeviceSpec::preset(preset).unwrap();
        let family = Family::shipped(&spec.family).unwrap();
        for name in spec.timing.keys() {
            let with = |delay| {
                let mut spec = spec.clone();
                spec.timing.insert(name.clone(), delay);
                spec
            };
            let says = format!("timing.{name}: 1048577 clocks are outside 0 to 1048576");
            refused(&with(Delay::Ck((1 << 20) + 1)), &family, &says);
            refused(&with(Delay::Ns(u64::MAX)), &family, &format!("timing.{name}: "));
            // Whether taken or refused for leaving no time between refreshes.
            let _ = Device::of_family(&with(Delay::Ck(1 << 20)), &family);
        }
    }
}
