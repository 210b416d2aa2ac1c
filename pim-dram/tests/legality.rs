//! Every command of the sequencer is legal, and none could go earlier, says the independent checker.

use crate::common::{any_device, any_job, any_split_device, device, preset, presets};
use pim_dram::channel::Channel;
use pim_dram::checker::{self, Violation};
use pim_dram::device::{CommandId, Device};
use pim_dram::job::Job;
use pim_dram::order::Order;
use pim_dram::pass::Tile;
use pim_dram::sequencer::{Issued, Sequencer};
use pim_dram::{DeviceSpec, Ticks};
use proptest::prelude::*;

/// The commands of jobs with idle gaps between them, on matrices of their own.
fn run(device: &Device, jobs: &[(Job, u64)]) -> Vec<Issued> {
    let mut list = Vec::new();
    let mut sequencer = Sequencer::new(device);
    let mut now = Ticks(0);
    for (index, (job, gap)) in jobs.iter().enumerate() {
        now += Ticks(*gap);
        let passes: Vec<_> = job.passes(device, 8 * (index as u32 % 4), None).collect();
        for pass in &passes {
            now = sequencer.run(pass, now, &mut list).issued;
        }
    }
    list
}

fn legal_and_early(spec: &DeviceSpec, jobs: &[(Job, u64)]) -> Result<(), TestCaseError> {
    let device = device(spec);
    let list = run(&device, jobs);
    prop_assert_eq!(checker::check(&device, &list), Ok(()), "{}", spec.name);
    prop_assert_eq!(checker::first_slack(&device, &list), None, "{}", spec.name);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn commands_are_legal_and_as_early_as_they_may(
        spec in any_device(),
        jobs in proptest::collection::vec((any_job(), 0_u64..600), 1..5),
    ) {
        legal_and_early(&spec, &jobs)?;
    }

    #[test]
    fn so_are_those_that_reach_a_part_of_a_lane(
        spec in any_split_device(),
        jobs in proptest::collection::vec((any_job(), 0_u64..600), 1..3),
    ) {
        legal_and_early(&spec, &jobs)?;
    }

    #[test]
    fn so_are_those_of_the_shipped_devices(
        spec in presets::any_shipped(),
        jobs in proptest::collection::vec((presets::any_job(), 0_u64..9000), 1..4),
    ) {
        legal_and_early(&spec, &jobs)?;
    }
}

fn stream(columns: u32) -> (Device, Vec<Issued>) {
    let device = device(&preset());
    let job = Job { tile: Tile { outputs: 2, columns, order: Order::NoReuse }, vectors: 40 };
    let list = run(&device, &[(job, 0)]);
    (device, list)
}

#[test]
fn the_checker_finds_a_command_that_is_one_tick_early() {
    let (device, list) = stream(32);
    let mac = device.roles.mac;
    let second = list.iter().position(|i| i.command == mac && i.because == Some(mac)).unwrap();
    let mut early = list.clone();
    early[second].at = early[second].at - Ticks(1);
    early.sort_by_key(|issued| issued.at);
    let found = checker::check(&device, &early);
    assert!(
        matches!(found, Err(Violation::Timing { ref rule, .. }) if rule == "tCCD_L"),
        "{found:?}"
    );
}

#[test]
fn the_checker_finds_a_closed_row_and_a_lost_refresh() {
    let (device, list) = stream(32);
    let without =
        |command| list.iter().copied().filter(|i| i.command != command).collect::<Vec<_>>();
    let found = checker::check(&device, &without(device.roles.activate));
    assert!(matches!(found, Err(Violation::Row { .. })), "{found:?}");
    let found = checker::check(&device, &without(device.roles.refresh));
    assert!(matches!(found, Err(Violation::Refresh { .. })), "{found:?}");
}

/// Two channels that differ by one read behave alike once nothing waits for it.
#[test]
fn channels_behave_alike_once_what_differs_has_passed() {
    let device = Device::new(&DeviceSpec::preset("gddr6-aim").unwrap()).unwrap();
    let command = |name: &str| {
        let at = device.commands.iter().position(|command| command.name == name).unwrap();
        CommandId(u8::try_from(at).unwrap())
    };
    let (act, rd) = (command("ACT"), command("RD"));
    let mut one = Channel::new(&device);
    one.issue(act, 0, Some(7), Ticks(0));
    let mut other = one.clone();
    one.issue(rd, 0, Some(7), Ticks(36));
    // What waits longest for the read is a write of the global buffer: tCL 50 + nBL 2 + 3 - tCWLREG 1 + tWPRE 1.
    let last = 36 + 50 + 2 + 3 - 1 + 1;
    assert!(!one.behaves_like(&other, Ticks(last - 1)));
    assert!(one.behaves_like(&other, Ticks(last)));
    other.issue(command("PRE"), 0, None, Ticks(54));
    assert!(!one.behaves_like(&other, Ticks(1000)), "another row is open");
}
