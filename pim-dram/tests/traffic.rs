//! Units and host on one channel: every command legal, every burst and every product done, and who goes first goes first.

use crate::common::sharing::{any_arbitration, shared_device};
use crate::common::{any_device, any_job, device};
use pim_dram::device::Device;
use pim_dram::job::Job;
use pim_dram::sequencer::{Arbitration, Issued, Mix, Sequencer};
use pim_dram::{DeviceSpec, Ticks, checker};
use proptest::prelude::*;

/// Commands, and when units and host were done; time is advanced in steps.
fn share(
    device: &Device,
    jobs: &[Job],
    bursts: u64,
    arbitration: Arbitration,
    steps: &[u64],
) -> (Vec<Issued>, Ticks, Ticks) {
    let mut mix = Mix::new(device, arbitration).expect("a host");
    let mut list = Vec::new();
    mix.read(bursts, Ticks(0));
    for pass in jobs.iter().flat_map(|job| job.passes(device, 0, None)) {
        mix.push(pass, Ticks(0));
    }
    let mut until = Ticks(0);
    for &step in steps {
        until += Ticks(step);
        mix.advance(until, &mut list);
        assert!(list.last().is_none_or(|last| last.at < until));
    }
    mix.advance(Ticks(u64::MAX), &mut list);
    let end = mix.passes_done().expect("all passes").issued;
    (list, end, mix.stream_done().expect("all bursts"))
}

/// The commands of passes on a channel without a host.
fn passes_alone(device: &Device, jobs: &[Job]) -> Vec<Issued> {
    let (mut sequencer, mut list, mut now) = (Sequencer::new(device), Vec::new(), Ticks(0));
    for pass in jobs.iter().flat_map(|job| job.passes(device, 0, None)) {
        now = sequencer.run(&pass, now, &mut list).issued;
    }
    list
}

fn count(device: &Device, list: &[Issued], name: &str) -> usize {
    list.iter().filter(|issued| device.command(issued.command).name == name).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn mixed_commands_are_legal_and_complete(
        spec in any_device(),
        single in any::<bool>(),
        shared in any::<bool>(),
        jobs in proptest::collection::vec(any_job(), 0..3),
        bursts in 0_u64..200,
        arbitration in any_arbitration(),
        steps in proptest::collection::vec(0_u64..300, 0..12),
    ) {
        let Some(device) = shared_device(spec, single, shared) else { return Ok(()) };
        let (list, ..) = share(&device, &jobs, bursts, arbitration, &[]);
        prop_assert_eq!(&share(&device, &jobs, bursts, arbitration, &steps).0, &list);
        prop_assert_eq!(checker::check(&device, &list), Ok(()));
        let pseudo_channels = u64::from(device.spec.geometry.pseudo_channels);
        prop_assert_eq!(count(&device, &list, "RD") as u64, bursts * pseudo_channels);
        let (alone, ..) = share(&device, &jobs, 0, arbitration, &[]);
        prop_assert_eq!(&alone, &passes_alone(&device, &jobs));
        for name in ["MAC", "RDRES"] {
            prop_assert_eq!(count(&device, &list, name), count(&device, &alone, name));
        }
    }
}

#[test]
fn a_stream_alone_reaches_peak_less_refresh() {
    for name in ["sieve-hbm3e", "sieve-hbm3e-single"] {
        let device = device(&DeviceSpec::preset(name).expect("shipped"));
        let bursts = 100_000;
        let (_, _, end) = share(&device, &[], bursts, Arbitration::PimFirst, &[]);
        // A burst each tCCD_S of 2 clocks, but for 400 of every 3,900 ns.
        let share = 2.0 * bursts as f64 / end.0 as f64;
        assert!(share > 0.95 * (1.0 - 400.0 / 3900.0), "{name}: {share}");
        assert!(share < 1.0 - 400.0 / 3900.0, "{name}: {share}");
    }
}
