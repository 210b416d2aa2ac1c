//! Energy of runs, peak power of command streams, and numbers that may not be missing.

use crate::common::{any_device, any_job, device, preset, units};
use pim_dram::device::{CommandId, Device};
use pim_dram::energy::{Draw, Energy, Peak, PeakPower, Term, peak_of};
use pim_dram::family::Family;
use pim_dram::gemv::Gemv;
use pim_dram::geometry::{Level, Node};
use pim_dram::job::Job;
use pim_dram::layout::Matrix;
use pim_dram::order::Order;
use pim_dram::pass::Tile;
use pim_dram::sequencer::{Issued, Sequencer, Sink};
use pim_dram::spec::{Activation, Delay, Refresh};
use pim_dram::tally::{Tally, Watch};
use pim_dram::{DeviceSpec, Ticks};
use proptest::prelude::*;

/// The shipped numbers in femtojoules, worked out by hand: 909 pJ; 256 bits at 0.44, 5.27, 2.74 and 0.30 pJ; 16 lanes at
/// 0.46 pJ; 1818 pJ.
const ACTIVATION: u64 = 909_000;
const COLUMN: u64 = 112_640;
const MAC: u64 = 7_360;
const BROADCAST: u64 = 1_349_120;
const PATH: u64 = 701_440;
const IO: u64 = 76_800;
const REFRESH: u64 = 1_818_000;

fn banks(device: &Device, issued: &Issued) -> u64 {
    let level = device.command(issued.command).reach;
    device.topology.banks(Node { level, index: issued.target }).len() as u64
}

/// What a PIM command costs, from its mnemonic: rows and units, then all of it.
fn by_hand(device: &Device, issued: &Issued) -> (u64, u64) {
    let banks = banks(device, issued);
    match device.command(issued.command).name.as_str() {
        "PACT" | "PACTG" | "PACTA" => (banks * ACTIVATION, banks * ACTIVATION),
        "MAC" => {
            let all = banks * (COLUMN + MAC) + BROADCAST;
            (all, all)
        }
        "VWR" | "VWRA" | "RDRES" => (0, PATH + IO),
        "REFab" | "REFpb" | "REFsb" => (0, banks * REFRESH),
        "PPREA" | "PPRE" | "PREA" => (0, 0),
        other => unreachable!("the lowering issues no {other}"),
    }
}

/// Every window that starts with a command.
fn brute_force(device: &Device, list: &[Issued], window: Ticks) -> u64 {
    let within = |first: &Issued| {
        let meets = |other: &&Issued| other.at >= first.at && other.at < first.at + window;
        list.iter().filter(meets).map(|issued| by_hand(device, issued).0).sum()
    };
    list.iter().map(within).max().unwrap_or(0)
}

fn watched(device: &Device, list: &[Issued]) -> Peak {
    use pim_dram::sequencer::Sink;
    let mut watch = PeakPower::new(device).expect("the preset has a budget");
    list.iter().for_each(|issued| watch.issued(issued));
    watch.peak()
}

#[test]
fn energy_of_a_small_product_by_hand() {
    let mut spec = preset();
    spec.refresh = Refresh::None;
    units(&mut spec).activation = Activation::AllBank;
    let device = device(&spec);
    let matrix = Matrix { outputs: 48, inputs: 16 };
    let gemv = Gemv::simulate(&device, matrix, 1, 1, None).unwrap();
    // Each of the two pseudo-channels: 1 activation of 24 rows, 1 vector burst, 1 multiply-accumulate, 3 bursts of results.
    let energy = Energy::of(&device, &gemv.tally, gemv.ticks).unwrap();
    let parts: Vec<_> = energy.parts().collect();
    let expected: [(&str, u128); 8] = [
        ("activation", 43_632_000),
        ("column", 5_406_720),
        ("mac", 353_280),
        ("broadcast", 2_698_240),
        ("path", 5_611_520),
        ("io", 614_400),
        ("refresh", 0),
        // 66 mW over 77 cycles of 0.5 ns.
        ("background", 2_541_000),
    ];
    assert_eq!(parts, expected);
    assert_eq!(energy.total_fj(), 60_857_160);

    // Three of four pseudo-channels busy: half as much again as the two of the channel, background twice.
    let spread = energy.spread(2, 3, 4);
    assert_eq!(spread.fj(Draw::Activation), 65_448_000);
    assert_eq!(spread.total_fj(), (60_857_160 - 2_541_000) / 2 * 3 + 2 * 2_541_000);

    // 48 activations meet in a window of 6 ns, the multiply-accumulates come later.
    let tile = Tile { outputs: 1, columns: 1, order: Order::NoReuse };
    let peak = peak_of(&device, Job { tile, vectors: 1 }).unwrap();
    assert_eq!(peak, Peak { fj: 48 * ACTIVATION, from: Ticks(0), window: Ticks(12) });
    assert!((peak.power_mw(device.clock) - 7272.0).abs() < 1e-9);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn parts_add_up_to_the_price_of_every_command_and_the_peak_is_the_worst_window(
        spec in any_device(),
        job in any_job(),
        window in 1_u64..200,
    ) {
        let mut spec = spec;
        spec.budgets.as_mut().expect("shipped budgets").peak.window = Delay::Ck(window);
        let device = device(&spec);
        let mut plain = Sequencer::new(&device);
        let (mut list, mut watch) = (Vec::new(), Watch::new(&device));
        let mut from = Ticks(0);
        for pass in job.passes(&device, 0, None).collect::<Vec<_>>() {
            from = plain.run(&pass, from, &mut list).issued;
        }
        list.iter().for_each(|issued| watch.issued(issued));
        let energy = Energy::of(&device, &watch.finish(), Ticks(0)).expect("shipped numbers");
        let total: u64 = list.iter().map(|issued| by_hand(&device, issued).1).sum();
        prop_assert_eq!(energy.total_fj(), u128::from(total));
        prop_assert_eq!(energy.parts().map(|(_, fj)| fj).sum::<u128>(), energy.total_fj());

        let worst = brute_force(&device, &list, device.ticks(Delay::Ck(window)));
        prop_assert_eq!(watched(&device, &list).fj, worst);
        prop_assert_eq!(peak_of(&device, job).map(|peak| peak.fj), Some(worst));
    }

    #[test]
    fn the_peak_of_any_stream_is_its_worst_window(
        spec in any_device(),
        commands in proptest::collection::vec((0_u64..20, any::<u8>(), any::<u32>()), 1..80),
        window in 1_u64..60,
    ) {
        let mut spec = spec;
        spec.budgets.as_mut().expect("shipped budgets").peak.window = Delay::Ck(window);
        let device = device(&spec);
        let mut at = Ticks(0);
        let host = ["ACT", "PRE", "RD", "WR"];
        let stream = commands.into_iter().filter_map(|(gap, command, target)| {
            at += Ticks(gap);
            let command = CommandId(command % device.commands.len() as u8);
            let data = device.command(command);
            let target = target % device.topology.count(data.reach);
            let issued =
                Issued { at, command, target, row: None, column: 0, lane: 0, because: None };
            (!host.contains(&data.name.as_str())).then_some(issued)
        });
        let list: Vec<_> = stream.collect();
        let peak = watched(&device, &list);
        prop_assert_eq!(peak.fj, brute_force(&device, &list, peak.window));
        let from_there: u64 = list
            .iter()
            .filter(|issued| issued.at >= peak.from && issued.at < peak.from + peak.window)
            .map(|issued| by_hand(&device, issued).0)
            .sum();
        prop_assert_eq!(from_there, peak.fj);
    }
}

#[track_caller]
fn refused(change: impl FnOnce(&mut DeviceSpec, &mut Family), says: &str) {
    let mut spec = preset();
    let mut family = Family::shipped(&spec.family).expect("shipped family");
    change(&mut spec, &mut family);
    let error = Device::of_family(&spec, &family).expect_err(says).to_string();
    assert!(error.contains(says), "{error}");
}

#[test]
fn a_number_that_a_command_needs_is_not_zero() {
    type Field = fn(&mut pim_dram::energy::EnergySpec) -> &mut f64;
    let fields: [(Field, &str); 8] = [
        (|e| &mut e.activation_pj, "energy.activation_pj: 0; `ACT` draws it"),
        (|e| &mut e.column_pj_per_bit, "energy.column_pj_per_bit: 0; `RD` draws it"),
        (|e| &mut e.mac_pj, "energy.mac_pj: 0; `MAC` draws it"),
        (|e| &mut e.broadcast_pj_per_bit, "energy.broadcast_pj_per_bit: 0; `MAC` draws it"),
        (|e| &mut e.path_pj_per_bit, "energy.path_pj_per_bit: 0; `RD` draws it"),
        (|e| &mut e.io_pj_per_bit, "energy.io_pj_per_bit: 0; `RD` draws it"),
        (|e| &mut e.refresh_pj, "energy.refresh_pj: 0; `REFab` draws it"),
        (|e| &mut e.background_mw, "energy.background_mw: 0 is not above 0"),
    ];
    for (field, says) in fields {
        refused(|spec, _| *field(spec.energy.as_mut().unwrap()) = 0.0, says);
        let path = says.split(':').next().unwrap();
        for value in [-1.0, f64::NAN, f64::INFINITY] {
            refused(|spec, _| *field(spec.energy.as_mut().unwrap()) = value, path);
        }
    }
    // Too little for a femtojoule is nothing.
    refused(|spec, _| spec.energy.as_mut().unwrap().activation_pj = 1e-4, "energy.activation_pj");
}

#[test]
fn a_forgotten_number_does_not_parse() {
    let (_, text) = pim_dram::spec::PRESETS.iter().find(|(n, _)| *n == "sieve-hbm3e").unwrap();
    assert!(ron::from_str::<DeviceSpec>(text).is_ok());
    let error = ron::from_str::<DeviceSpec>(&text.replace("mac_pj: 0.46,", "")).unwrap_err();
    assert!(error.to_string().contains("mac_pj"), "{error}");
}

#[test]
fn commands_draw_what_they_cannot_do_without() {
    let cases = [
        ("PACTG", "`PACTG` of family `dual-row-pim` draws no activation"),
        ("RD", "`RD` of family `dual-row-pim` draws no column"),
        ("MAC", "`MAC` of family `dual-row-pim` draws no mac"),
        ("VWRA", "`VWRA` of family `dual-row-pim` draws no io"),
        ("RDRES", "`RDRES` of family `dual-row-pim` draws no io"),
        ("REFab", "`REFab` of family `dual-row-pim` draws no refresh"),
    ];
    for (name, says) in cases {
        let forget = |_: &mut DeviceSpec, family: &mut Family| {
            family.commands.iter_mut().find(|c| c.name == name).unwrap().energy.clear();
        };
        refused(forget, says);
    }
}

#[test]
fn budgets_are_shares_and_a_power() {
    refused(|spec, _| spec.budgets.as_mut().unwrap().capacity_lost_share = Some(1.0), "no share");
    refused(|spec, _| spec.budgets.as_mut().unwrap().area_share = Some(-0.1), "area_share");
    refused(|spec, _| spec.budgets.as_mut().unwrap().peak.limit_mw = 0.0, "peak.limit_mw");
    refused(|spec, _| spec.budgets.as_mut().unwrap().peak.window = Delay::Ns(0), "peak.window");
}

#[test]
fn a_command_may_act_beyond_its_address() {
    let spec = preset();
    let mut family = Family::shipped(&spec.family).unwrap();
    let act = family.commands.iter().position(|c| c.name == "ACT").unwrap();
    let each = Level::BankGroup;
    let term = Term { draws: Draw::Activation, each, of: Some(Level::Channel), times: 3 };
    family.commands[act].energy = vec![term];
    let device = Device::of_family(&spec, &family).unwrap();
    let command = CommandId(u8::try_from(act).unwrap());
    let at = Ticks(0);
    let issued = Issued { at, command, target: 5, row: None, column: 0, lane: 0, because: None };
    // 2 pseudo-channels of 4 bank groups, three rows each.
    assert_eq!(watched(&device, &[issued]).fj, 24 * ACTIVATION);
}

#[test]
fn without_numbers_nothing_is_reported() {
    let mut spec = preset();
    spec.energy = None;
    let device = device(&spec);
    assert_eq!(Energy::of(&device, &Tally::new(&device), Ticks(9)), None);
    assert!(PeakPower::new(&device).is_none());
}
