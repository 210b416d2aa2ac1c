//! A DRAM need not have PIM units.

mod common;

use common::preset;
use pim_dram::checker;
use pim_dram::family::Family;
use pim_dram::geometry::Level;
use pim_dram::{Device, DeviceSpec, Dram};

fn without_units() -> DeviceSpec {
    DeviceSpec { pim: None, ..preset() }
}

#[test]
fn a_device_without_units_is_a_dram() {
    let dram = Dram::new(&without_units()).expect("a DRAM");
    assert_eq!((dram.lane_level, dram.lanes()), (Level::PseudoChannel, 2));
    let host = dram.host.expect("host commands");
    let names: Vec<_> = host.commands().map(|&id| dram.command(id).name.as_str()).collect();
    assert_eq!(names, ["ACT", "PRE", "PREA", "RD", "WR"]);
    assert_eq!(checker::check(&dram, &[]), Ok(()));
    // With units it is the same and more.
    let device = Device::new(&preset()).expect("a device");
    assert_eq!((&device.host, device.rules.len()), (&dram.host, dram.rules.len()));
}

#[track_caller]
fn refused<T>(result: Result<T, impl ToString>, says: &str) {
    let error = result.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains(says), "{error}");
}

#[test]
fn what_needs_units_says_so() {
    refused(Device::new(&without_units()), "pim: the device has no PIM units");
    let mut spec = without_units();
    let policy = r#"(name: "policy", says: "opens all", activation: Some(all_bank))"#;
    spec.deviations.push(ron::from_str(policy).expect("a deviation"));
    refused(Dram::new(&spec), "deviations.policy: activation: the device has no PIM units");
    let mut family = Family::shipped("dual-row-pim").expect("shipped family");
    family.roles.pim = None;
    refused(Dram::of_family(&preset(), &family), "pim: family `dual-row-pim` has no PIM units");
}

#[test]
fn host_roles_do_what_they_are_called() {
    let mut family = Family::shipped("dual-row-pim").expect("shipped family");
    let host = family.roles.host.as_mut().expect("host commands");
    (host.precharge, host.read) = ("PREA".to_owned(), "MAC".to_owned());
    let refusal = Dram::of_family(&preset(), &family);
    refused(refusal.clone(), "`PREA` of family `dual-row-pim` cannot be the host's precharge");
    refused(refusal, "`MAC` of family `dual-row-pim` cannot be the host's read");
}
