//! The streaming checker says what the one says that looks back through the whole list.

mod look_back;

use crate::common;
use crate::common::sharing::shared_device;
use crate::common::{any_device, any_job, cases, device};
use pim_dram::channel::Channel;
use pim_dram::checker::{self, Checker, Violation};
use pim_dram::device::{CommandId, Device};
use pim_dram::sequencer::{Issued, Sequencer};
use pim_dram::spec::{Activation, Delay, Refresh};
use pim_dram::{DeviceSpec, Ticks};
use proptest::prelude::*;

/// A change to a legal list: where, what, how much.
type Change = (usize, u8, u64);

fn changed(device: &Device, mut list: Vec<Issued>, changes: &[Change]) -> Vec<Issued> {
    for &(place, kind, amount) in changes {
        let Some(place) = place.checked_rem(list.len()) else { break };
        let count = device.topology.count(device.command(list[place].command).reach);
        let by = amount as u32;
        let issued = &mut list[place];
        match kind {
            // Everything from here on, or only this command, comes earlier.
            0 => {
                let before = place.checked_sub(1).map_or(Ticks(0), |before| list[before].at);
                for issued in &mut list[place..] {
                    issued.at = Ticks((issued.at.0.saturating_sub(amount)).max(before.0));
                }
            }
            1 => issued.at = Ticks(issued.at.0.saturating_sub(amount)),
            2 => issued.target = (issued.target + by) % count,
            3 => issued.row = (amount % 4 > 0).then_some(by % 2),
            4 => issued.command = CommandId((amount % device.commands.len() as u64) as u8),
            _ => drop(list.remove(place)),
        }
        if kind == 4 {
            let issued = &mut list[place];
            issued.target %= device.topology.count(device.command(issued.command).reach);
        }
    }
    list
}

fn any_changes() -> impl Strategy<Value = Vec<Change>> {
    proptest::collection::vec((any::<usize>(), 0_u8..6, 1_u64..40), 0..4)
}

/// Any commands of the family, as early as the channel says or later.
fn random_list(device: &Device, choices: &[(u8, u32, u32, u64)]) -> Vec<Issued> {
    let mut channel = Channel::new(device);
    let mut list: Vec<Issued> = Vec::new();
    let mut now = Ticks(0);
    for &(command, target, row, wait) in choices {
        let command = CommandId(command % device.commands.len() as u8);
        let target = target % device.topology.count(device.command(command).reach);
        if !channel.row_allows(command, target, Some(row)) {
            continue;
        }
        let from = now + Ticks(if wait == 0 { 7 } else { 0 });
        let at = device.align(command, channel.earliest(command, target).at.max(from));
        channel.issue(command, target, Some(row), at);
        let row = Some(row);
        list.push(Issued { at, command, target, row, column: 0, lane: 0, because: None });
        now = at;
    }
    list
}

proptest! {
    #![proptest_config(cases(384))]

    #[test]
    fn both_find_the_same_in_random_commands(
        spec in any_device(),
        shared in any::<bool>(),
        refreshed in any::<bool>(),
        choices in proptest::collection::vec((any::<u8>(), any::<u32>(), 0_u32..2, 0_u64..3), 1..160),
        changes in any_changes(),
    ) {
        let mut spec = spec;
        if !refreshed {
            spec.refresh = Refresh::None;
        }
        let Some(device) = shared_device(spec, false, shared) else { return Ok(()) };
        let list = changed(&device, random_list(&device, &choices), &changes);
        prop_assert_eq!(checker::check(&device, &list), look_back::check(&device, &list));
    }

    #[test]
    fn both_count_the_same_banks_in_a_window(
        gang in 1_u32..=4,
        window in 8_u64..60,
        choices in proptest::collection::vec((0_u8..2, 0_u32..8, 2_u64..24), 2..24),
    ) {
        let mut spec = common::preset();
        spec.refresh = Refresh::None;
        common::units(&mut spec).activation = Activation::Ganged(gang);
        spec.timing.insert("tFAW".to_owned(), Delay::Ck(window));
        for name in ["tRRD_S", "tRRD_L"] {
            spec.timing.insert(name.to_owned(), Delay::Ck(1));
        }
        let device = device(&spec);
        // Host rows from the first bank on, gangs of PIM rows from the last: nothing but the window is broken, until they wrap.
        let mut taken = [0, 0];
        let (mut now, mut list) = (0, Vec::new());
        for (kind, skip, gap) in choices {
            let name = ["ACT", "PACTG"][usize::from(kind)];
            let taken = &mut taken[usize::from(kind)];
            let first = issued(&device, now, name, Some(7));
            let count = device.topology.count(device.command(first.command).reach);
            let target = (*taken + skip) % count;
            *taken += skip + 1;
            let target = if kind == 1 { count - 1 - target } else { target };
            list.push(Issued { target, ..first });
            now += gap;
        }
        prop_assert_eq!(checker::check(&device, &list), look_back::check(&device, &list));
    }

    #[test]
    fn both_find_the_same_in_products(
        spec in any_device(),
        jobs in proptest::collection::vec((any_job(), 0_u64..1500), 1..3),
        late_from in any::<usize>(),
        changes in any_changes(),
    ) {
        let device = device(&spec);
        let (mut list, mut now) = (Vec::new(), Ticks(0));
        let mut sequencer = Sequencer::new(&device);
        for (job, gap) in &jobs {
            now += Ticks(*gap);
            for pass in job.passes(&device, 0, None).collect::<Vec<_>>() {
                now = sequencer.run(&pass, now, &mut list).issued;
            }
        }
        list.truncate(400);
        prop_assert_eq!(checker::check(&device, &list), Ok(()));
        let mut late = list.clone();
        if let Some(place) = late_from.checked_rem(late.len()) {
            late[place..].iter_mut().for_each(|issued| issued.at += Ticks(1));
        }
        prop_assert_eq!(
            checker::first_slack(&device, &late),
            look_back::first_slack(&device, &late)
        );
        let list = changed(&device, list, &changes);
        prop_assert_eq!(checker::check(&device, &list), look_back::check(&device, &list));
    }
}

fn issued(device: &Device, at: u64, name: &str, row: Option<u32>) -> Issued {
    let command = device.commands.iter().position(|c| c.name == name).expect("of the family");
    let command = CommandId(u8::try_from(command).expect("few"));
    Issued { at: Ticks(at), command, target: 0, row, column: 0, lane: 0, because: None }
}

#[test]
fn of_several_broken_rules_the_one_that_waits_longest_is_named() {
    let device = device(&common::preset());
    // Closed too early after the burst (tRTP, 10: tick 38) and after the activation (tRAS, 68: tick 68).
    let list = [
        issued(&device, 0, "PACTA", Some(3)),
        issued(&device, 28, "MAC", Some(3)),
        issued(&device, 30, "PPREA", None),
    ];
    let found = checker::check(&device, &list).unwrap_err();
    assert_eq!(
        found.to_string(),
        "command 2 (PPREA) at tick 30 breaks tRAS: legal from tick 68 on, because of command 0 (PACTA) at tick 0"
    );
    assert_eq!((found.index(), found.because()), (Some(2), Some(0)));
}

#[test]
fn a_refresh_has_one_interval_of_grace_at_any_time() {
    let device = device(&common::preset());
    let interval = device.refresh_interval.expect("refreshed").0;
    let both = |at: u64| [(at, 0), (at + 1, 1)];
    let run = |refreshes: &[(u64, u32)], end: u64| {
        let mut checker = Checker::new(&device);
        for &(at, target) in refreshes {
            checker.push(&Issued { target, ..issued(&device, at, "REFab", None) })?;
        }
        checker.finish(Ticks(end))
    };
    let late = |bank, at, found| Err(Violation::Refresh { bank, at, found, needed: found + 1 });
    assert_eq!(run(&[], 2 * interval - 1), Ok(()));
    assert_eq!(run(&[], 2 * interval), late(0, 2 * interval, 0));
    assert_eq!(run(&both(2 * interval - 1), 3 * interval - 1), Ok(()));
    assert_eq!(run(&both(2 * interval), 0), late(24, 2 * interval, 0));
    assert_eq!(run(&both(5), 3 * interval), late(0, 3 * interval, 1));
    // Refreshes that are made up for later came too late all the same.
    let made_up = [both(2 * interval + 5), both(2 * interval + 2000)].concat();
    assert_eq!(run(&made_up, 3 * interval), late(0, 2 * interval, 0));
}

#[test]
fn what_the_device_does_not_have_is_no_panic() {
    let device = Device::new(&DeviceSpec::preset("sieve-hbm3e").unwrap()).unwrap();
    let act = issued(&device, 0, "ACT", None);
    let check = |issued| checker::check(&device, &[issued]);
    assert!(matches!(check(act), Err(Violation::NoRow { index: 0, .. })));
    let unknown = |issued| matches!(check(issued), Err(Violation::Unknown { index: 0, .. }));
    assert!(unknown(Issued { target: 48, ..act }));
    assert!(unknown(Issued { command: CommandId(200), ..act }));
    // An instant at the end of time leaves no room for a legal tick.
    let end = Issued { at: Ticks(u64::MAX), row: Some(0), ..act };
    let list = [end, end];
    let found = Checker::new(&device).push(&end);
    assert!(matches!(found, Err(Violation::Refresh { .. })), "{found:?}");
    assert!(checker::check(&device, &list).is_err());
}
