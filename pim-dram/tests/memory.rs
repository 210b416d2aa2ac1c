//! A DRAM need not have PIM units; its commands may take half clocks and keep to an edge, its rules count from last ticks and
//! hold between nodes only.

use crate::common::preset;
use pim_dram::channel::{Channel, Earliest};
use pim_dram::checker;
use pim_dram::dram::{CommandId, DeviceError};
use pim_dram::family::{CommandSpec, Delays, Edge, Family, HalfClocks};
use pim_dram::geometry::Level;
use pim_dram::peaks::Peaks;
use pim_dram::sequencer::Issued;
use pim_dram::{Device, DeviceSpec, Dram, Ticks};

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

#[test]
fn shipped_memories_hold_and_carry_what_their_names_say() {
    const GIB: u64 = 1 << 30;
    // Gigabits a channel x channels, and 32 B every nBL of 2 clocks in two pseudo-channels each.
    for (name, bytes, bytes_per_s) in [
        ("hbm3-16gb-8hi", 16 * GIB, 819.2e9),
        ("hbm3-4gb", 8 * GIB, 819.2e9),
        ("hbm2-8gb", 8 * GIB, 256e9),
    ] {
        let spec = DeviceSpec::preset(name).expect("shipped preset");
        assert_eq!((spec.geometry.capacity_bytes(), spec.pim), (bytes, None), "{name}");
        let peak = Peaks::external(&Dram::new(&spec).expect("a DRAM"));
        assert_eq!(peak.external_bytes_per_s.to_bits(), f64::to_bits(bytes_per_s), "{name}");
        refused(Device::new(&spec), "the device has no PIM units");
    }
}

#[test]
fn a_read_with_precharge_needs_its_row_and_closes_it() {
    let dram = Dram::new(&DeviceSpec::preset("hbm3-4gb").expect("shipped preset"));
    let dram = dram.expect("a DRAM").without_refresh();
    // 31 clocks and a tick after ACT, on the edge after; ACT again 9 + 26 clocks after, one tick short.
    let (rda, act) = (id(&dram, "RDA"), id(&dram, "ACT"));
    let mut channel = Channel::new(&dram);
    channel.issue(act, 5, Some(7), Ticks(0));
    assert_eq!(channel.earliest(rda, 5).at, Ticks(64));
    assert!(channel.row_allows(rda, 5, Some(7)) && !channel.row_allows(rda, 5, Some(8)));
    channel.issue(rda, 5, Some(7), Ticks(96));
    assert!(!channel.row_allows(rda, 5, Some(7)) && channel.row_allows(act, 5, Some(8)));
    assert_eq!(channel.earliest(act, 5).at, Ticks(96 + 70));
    let list = [(0, "ACT"), (96, "RDA"), (166, "ACT")];
    let list = list.map(|(at, name)| issued(&dram, at, name, 5));
    assert_eq!(checker::check(&dram, &list), Ok(()));
    let again = [list[0], list[1], issued(&dram, 112, "RDA", 5)];
    let found = checker::check(&dram, &again).unwrap_err().to_string();
    assert!(found.contains("bank 5 has no Host row open, it needs Host row 7 open"), "{found}");
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
fn changes_of_commands_name_what_is_there() {
    let changed = |change: &str| {
        let mut spec = preset();
        let text = format!(r#"(name: "x", says: "y", commands: {{{change}}})"#);
        spec.deviations.push(ron::from_str(&text).expect("a deviation"));
        Device::new(&spec)
    };
    refused(
        changed(r#""MUL": (clocks: Some(2))"#),
        "deviations.x: no command is called `MUL`; there is",
    );
    let says = "deviations.x: `MAC` reaches a pseudo_channel, of which a channel is no part";
    refused(changed(r#""MAC": (reach: Some(channel))"#), says);
    let device = changed(r#""MAC": (reach: Some(bank), clocks: Some(3))"#).expect("valid device");
    let plain = Device::new(&preset()).expect("valid device");
    assert_eq!(device.lanes(), plain.lanes());
    assert_eq!((plain.macs_per_burst(), device.macs_per_burst()), (1, 24));
    // 24 commands, each tCCD_L after the one before, instead of one.
    let internal = |device| Peaks::of(device).internal_bytes_per_s;
    assert_eq!(internal(&plain) / internal(&device), 24.0);
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

/// The shipped family, changed, on a clock of two ticks.
fn changed(change: impl FnOnce(&mut Family)) -> Result<Dram, DeviceError> {
    let mut spec = without_units();
    spec.clock.ticks_per_clock = 2;
    let mut family = Family::shipped(&spec.family).expect("shipped family");
    change(&mut family);
    Dram::of_family(&spec, &family)
}

fn command<'f>(family: &'f mut Family, name: &str) -> &'f mut CommandSpec {
    family.commands.iter_mut().find(|command| command.name == name).expect("of the family")
}

fn half(clocks: f64) -> HalfClocks {
    HalfClocks::try_from(clocks).expect("half clocks")
}

fn id(dram: &Dram, name: &str) -> CommandId {
    let at = dram.commands.iter().position(|command| command.name == name);
    CommandId(u8::try_from(at.expect("of the family")).expect("few"))
}

fn issued(dram: &Dram, at: u64, name: &str, target: u32) -> Issued {
    let (command, row) = (id(dram, name), Some(7));
    Issued { at: Ticks(at), command, target, row, column: 0, lane: 0, because: None }
}

#[test]
fn half_clocks_occupy_the_bus_and_edges_are_waited_for() {
    let dram = changed(|family| {
        command(family, "ACT").clocks = half(1.5);
        command(family, "ACT").edge = Edge::Rising;
        command(family, "PRE").clocks = half(0.5);
    });
    let dram = dram.expect("a DRAM");
    let (act, pre) = (id(&dram, "ACT"), id(&dram, "PRE"));
    assert_eq!([3, 4].map(|at| dram.align(act, Ticks(at)).0), [4, 4]);
    assert_eq!(dram.align(pre, Ticks(3)), Ticks(3));
    // Of the other pseudo-channel: only the row bus is shared, three ticks of it.
    let mut channel = Channel::new(&dram);
    channel.issue(act, 0, Some(7), Ticks(0));
    assert_eq!(channel.earliest(pre, 24).at, Ticks(3));
    assert_eq!(channel.earliest(act, 24), Earliest { at: Ticks(4), because: Some(act) });
    let late = [issued(&dram, 0, "ACT", 0), issued(&dram, 3, "ACT", 24)];
    let found = checker::check(&dram, &late).unwrap_err().to_string();
    assert_eq!(found, "command 1 (ACT) at tick 3 is not on a rising edge of the clock");
    refused(
        Dram::of_family(&without_units(), &{
            let mut family = Family::shipped("dual-row-pim").expect("shipped family");
            command(&mut family, "ACT").clocks = half(1.5);
            family
        }),
        "clock.ticks_per_clock: `ACT` of family `dual-row-pim` takes 1.5 clocks, which needs 2 ticks",
    );
}

#[test]
fn delays_count_from_last_tick_to_last_tick() {
    let dram = changed(|family| {
        family.delays = Delays::LastEdge;
        command(family, "PRE").clocks = half(0.5);
        command(family, "ACT").edge = Edge::Rising;
    });
    let dram = dram.expect("a DRAM");
    // tRCD 28 and tRAS 68 of two ticks. ACT takes four, RD two, PRE one; PREA two.
    let waits = |name: &str, next: &str| {
        let (next, act) = (id(&dram, next), id(&dram, "ACT"));
        let rules = dram.rules.iter().filter(|rule| rule.name == name);
        let found = rules.filter(|rule| rule.after.contains(&act) && rule.before.contains(&next));
        found.map(|rule| rule.wait.0).collect::<Vec<_>>()
    };
    assert_eq!(waits("tRCD", "RD"), [2 * 28 + 3 - 1]);
    assert_eq!(waits("tRAS", "PRE"), [2 * 68 + 3]);
    assert_eq!(waits("tRAS", "PREA"), [2 * 68 + 3 - 1]);
    assert_eq!(waits("tRRD_S", "ACT"), [2 * 6]);
    let mixed = changed(|family| {
        family.delays = Delays::LastEdge;
        command(family, "PACTG").clocks = half(1.5);
    });
    refused(mixed, "rule `tFAW`: a budget between last edges has commands of one length");
}

#[test]
fn commands_that_lie_apart_are_kept_apart_and_no_others() {
    let apart = |family: &mut Family, after: &str| {
        let mut rule = family.rules[0].clone();
        (rule.name, rule.wait) = ("apart".to_owned(), "100".to_owned());
        (rule.scope, rule.apart) = (Level::PseudoChannel, Some(Level::BankGroup));
        (rule.after, rule.before) = (vec![after.to_owned()], vec!["RD".to_owned()]);
        family.rules.push(rule);
    };
    let dram = changed(|family| apart(family, "ACT")).expect("a DRAM");
    let mut channel = Channel::new(&dram);
    channel.issue(id(&dram, "ACT"), 0, Some(7), Ticks(0));
    // Six banks a group, 24 a pseudo-channel: the same group, another one, another pseudo-channel.
    let earliest = [1, 6, 24].map(|bank| channel.earliest(id(&dram, "RD"), bank).at.0);
    assert_eq!(earliest, [0, 200, 0]);
    refused(changed(|family| apart(family, "PREA")), "keeps bank_group apart, `PREA` reaches more");
    let reversed = changed(|family| {
        apart(family, "ACT");
        let rule = family.rules.last_mut().expect("the rule");
        (rule.scope, rule.apart) = (Level::Bank, Some(Level::Rank));
    });
    refused(reversed, "keeps rank apart, which cannot be within bank");
}
