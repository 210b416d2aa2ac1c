//! What units and a stream of the host cost each other: legal, complete, and as worked by hand.

use std::num::NonZeroU32;

use crate::common;
use crate::common::device;
use pim_dram::checker::Checker;
use pim_dram::device::Device;
use pim_dram::family::Family;
use pim_dram::job::{Job, Worker};
use pim_dram::layout::Matrix;
use pim_dram::memo::Memo;
use pim_dram::sequencer::{Arbitration, Issued, Sink};
use pim_dram::spec::{ColumnPath, Refresh};
use pim_dram::tally::Tally;
use pim_dram::traffic::{Load, MOST_COMMANDS, Traffic, TrafficError, measure, peak_share};
use pim_dram::{DeviceSpec, Ticks};

/// Column commands of a turn.
const TURN: NonZeroU32 = NonZeroU32::MIN.saturating_add(63);

const ARBITRATIONS: [Arbitration; 3] =
    [Arbitration::PimFirst, Arbitration::HostFirst, Arbitration::Batched(TURN)];

/// 1 MiB from each of two pseudo-channels, beside two or more vectors at a time.
const LOAD: Load = Load {
    matrix: Matrix { outputs: 96, inputs: 2048 },
    vectors: 8,
    channels: 1,
    bytes: 1 << 21,
    jobs: None,
};

fn spec(preset: &str, column_path: ColumnPath, refresh: Refresh) -> DeviceSpec {
    let mut spec = DeviceSpec::preset(preset).expect("shipped");
    common::units(&mut spec).column_path = column_path;
    DeviceSpec { refresh, ..spec }
}

fn devices(refresh: Refresh) -> [Device; 3] {
    [
        ("sieve-hbm3e-single", ColumnPath::Shared),
        ("sieve-hbm3e", ColumnPath::Shared),
        ("sieve-hbm3e", ColumnPath::Separate),
    ]
    .map(|(preset, path)| device(&spec(preset, path, refresh)))
}

fn run(device: &Device, arbitration: Arbitration) -> Traffic {
    measure(device, &LOAD, arbitration, &mut ()).expect("measured")
}

struct Checked<'d>(Checker<'d>);

impl Sink for Checked<'_> {
    fn issued(&mut self, issued: &Issued) {
        self.0.push(issued).expect("a legal command");
    }
}

#[test]
fn every_command_is_legal_and_nothing_is_left_out() {
    for device in devices(Refresh::AllBank) {
        for arbitration in ARBITRATIONS {
            let mut checked = Checked(Checker::new(&device));
            let traffic = measure(&device, &LOAD, arbitration, &mut checked).expect("measured");
            let Traffic { both, units_alone, stream_alone, .. } = &traffic;
            assert_eq!(both.commands.iter().sum::<u64>(), checked.0.commands() as u64);
            let end = checked.0.now();
            checked.0.finish(end).expect("every refresh done");
            let host = device.host.expect("a host").read;
            let roles = &device.roles;
            for command in [host, roles.mac, roles.write_vector, roles.read_result] {
                let of = |commands: &[u64]| commands[usize::from(command.0)];
                let alone = of(&units_alone.commands) + of(&stream_alone.commands);
                assert_eq!(of(&both.commands), alone);
            }
        }
    }
}

#[test]
fn alone_the_units_take_what_the_fast_path_says() {
    for device in devices(Refresh::AllBank) {
        let traffic = run(&device, Arbitration::PimFirst);
        let mut memo = Memo::new(&device);
        let mut worker = Worker::new(&mut memo);
        let mut tally = Tally::new(&device);
        let job = Job { tile: traffic.layout.tile, vectors: LOAD.vectors };
        let mut done = Ticks(0);
        for left in (0..traffic.jobs).rev() {
            done = worker.run(&mut memo, &job, left > 0, Ticks(0), &mut tally).done;
        }
        assert_eq!(done, traffic.units_alone.units);
        assert_eq!(tally.commands, traffic.units_alone.commands);
        // The fewest jobs that take as long as the stream.
        let spare = done.0 / u64::from(traffic.jobs);
        let stream = traffic.stream_alone.stream.0;
        assert!(done.0 + spare > stream && done.0 < stream + 2 * spare, "{done:?} {stream}");
    }
}

#[test]
fn alone_the_stream_takes_a_burst_every_two_clocks() {
    for device in devices(Refresh::None) {
        let traffic = run(&device, Arbitration::PimFirst);
        let least = 2 * traffic.bursts;
        assert_eq!(traffic.bursts, 1 << 15);
        // The first rows are opened before, the last burst arrives after.
        let (row_cycle, latency) = (96, 30);
        let end = traffic.stream_alone.stream.0;
        assert!((least..least + row_cycle + latency).contains(&end), "{end} {least}");
        assert_eq!(traffic.stream_alone.turnarounds, 0);
        assert!(peak_share(&device, 2 * traffic.bursts, Ticks(least)) == 1.0);
    }
}

#[test]
fn the_units_barely_feel_a_stream_that_goes_second() {
    for device in devices(Refresh::AllBank) {
        let Traffic { units_alone, both, .. } = run(&device, Arbitration::PimFirst);
        // Rows of the host have to close before a refresh.
        let off = both.units.0.abs_diff(units_alone.units.0);
        assert!(off <= units_alone.units.0 / 50, "{off} of {:?}", units_alone.units);
    }
}

#[test]
fn a_stream_that_goes_first_feels_no_units() {
    for device in devices(Refresh::AllBank) {
        let traffic = run(&device, Arbitration::HostFirst);
        assert_eq!(traffic.both.stream, traffic.stream_alone.stream);
        assert_eq!(traffic.stream.slow_down(), Some(1.0));
    }
}

#[test]
fn one_row_buffer_serves_one_side_after_the_other() {
    let [device, ..] = devices(Refresh::None);
    let row_cycle = 96;
    for arbitration in [Arbitration::PimFirst, Arbitration::HostFirst] {
        let traffic = run(&device, arbitration);
        let sum = (traffic.units_alone.makespan() + traffic.stream_alone.makespan()).0;
        let both = traffic.both.makespan().0;
        assert!(both.abs_diff(sum) <= row_cycle, "{both} {sum}");
        let (first, second) = match arbitration {
            Arbitration::HostFirst => (traffic.stream, traffic.units),
            _ => (traffic.units, traffic.stream),
        };
        assert_eq!((first.slow_down(), second.slow_down()), (Some(1.0), None));
        assert_eq!(second.commands, 0);
    }
}

#[test]
fn two_row_buffers_save_time_and_two_column_paths_more() {
    let [one, shared, separate] = devices(Refresh::AllBank);
    let sum = |device| run(device, Arbitration::PimFirst).over_sum();
    let (one, shared, separate) = (sum(&one), sum(&shared), sum(&separate));
    assert!(separate < shared && shared < 1.0 && one > 0.99, "{one} {shared} {separate}");
}

#[test]
fn progress_ends_with_the_first_side() {
    for device in devices(Refresh::AllBank) {
        for arbitration in ARBITRATIONS {
            let traffic = run(&device, arbitration);
            let (units, stream) = (traffic.units, traffic.stream);
            assert_eq!(units.together, stream.together);
            let all = 2 * traffic.bursts;
            let latency = device.read_latency;
            if stream.commands == all {
                assert_eq!(stream.together + latency, traffic.both.stream);
                assert_eq!(stream.alone + latency, traffic.stream_alone.stream);
            } else {
                assert_eq!(units.together + latency, traffic.both.units);
                assert_eq!(units.alone + latency, traffic.units_alone.units);
            }
        }
    }
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let [device, ..] = devices(Refresh::AllBank);
    let refused = |load: &Load| {
        measure(&device, load, Arbitration::PimFirst, &mut ()).expect_err("refused").to_string()
    };
    let long = refused(&Load { bytes: u64::MAX, ..LOAD });
    assert!(long.contains(&format!("at most {MOST_COMMANDS}")), "{long}");
    let many = refused(&Load { jobs: Some(u32::MAX), ..LOAD });
    assert!(many.starts_with("products: "), "{many}");

    let mut family = Family::shipped(&device.spec.family).expect("shipped");
    family.roles.host = None;
    let without = Device::of_family(&device.spec, &family).expect("valid");
    let error = measure(&without, &LOAD, Arbitration::PimFirst, &mut ()).expect_err("refused");
    assert_eq!(error, TrafficError::NoHost { device: device.spec.name.clone() });
}

#[test]
fn either_side_may_have_nothing_to_do() {
    let [.., device] = devices(Refresh::AllBank);
    let none = Load { jobs: Some(0), ..LOAD };
    let traffic = measure(&device, &none, Arbitration::HostFirst, &mut ()).expect("measured");
    assert_eq!(traffic.both, traffic.stream_alone);
    assert_eq!((traffic.both.units, traffic.units.slow_down()), (Ticks(0), None));
    let none = Load { bytes: 0, jobs: Some(3), ..LOAD };
    let traffic = measure(&device, &none, Arbitration::PimFirst, &mut ()).expect("measured");
    assert_eq!(traffic.both, traffic.units_alone);
    assert_eq!((traffic.both.stream, traffic.stream.slow_down()), (Ticks(0), None));
}
