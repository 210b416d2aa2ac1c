//! The fast path gives the plain path's numbers.

use crate::common::{any_device, any_job, device, preset, presets};
use pim_dram::job::Job;
use pim_dram::layout::{Layout, Matrix};
use pim_dram::memo::Memo;
use pim_dram::order::Order;
use pim_dram::sequencer::Sequencer;
use pim_dram::spec::Refresh;
use pim_dram::tally::{Tally, Watch};
use pim_dram::{DeviceSpec, Ticks};
use proptest::prelude::*;

fn identical(spec: &DeviceSpec, jobs: &[(Job, u64)], repeats: usize) -> Result<(), TestCaseError> {
    let device = device(spec);
    let mut plain = Sequencer::new(&device);
    let mut memo = Memo::new(&device);
    let mut cursor = memo.cursor();
    let (mut watch, mut fast_tally) = (Watch::new(&device), Tally::new(&device));
    let mut now = Ticks(0);
    for (index, (job, gap)) in jobs.iter().cycle().take(jobs.len() * repeats).enumerate() {
        let base = 8 * (index as u32 % 2);
        let next = (index % 3 == 0).then_some(8 - base);
        let mut from = now + Ticks(*gap);
        for pass in job.passes(&device, base, next).collect::<Vec<_>>() {
            plain.idle(from, &mut watch);
            let expected = plain.run(&pass, from, &mut watch);
            let found = memo.run(&mut cursor, &pass, from, &mut fast_tally);
            prop_assert_eq!(found, expected, "{}", spec.name);
            from = expected.issued;
        }
        now = from;
    }
    prop_assert_eq!(fast_tally, watch.finish(), "{}", spec.name);
    Ok(())
}

fn with_gaps(job: impl Strategy<Value = Job>) -> impl Strategy<Value = Vec<(Job, u64)>> {
    proptest::collection::vec((job, prop_oneof![Just(0_u64), 0_u64..9000]), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn looked_up_and_simulated_passes_are_identical(
        spec in any_device(),
        jobs in with_gaps(any_job()),
        repeats in 1_usize..12,
    ) {
        identical(&spec, &jobs, repeats)?;
    }

    #[test]
    fn so_are_those_of_the_shipped_devices(
        spec in presets::any_shipped(),
        jobs in with_gaps(presets::any_job()),
        repeats in 1_usize..12,
    ) {
        identical(&spec, &jobs, repeats)?;
    }
}

#[test]
fn what_is_looked_up_is_not_simulated_again() {
    let mut spec = preset();
    spec.refresh = Refresh::None;
    let device = device(&spec);
    let matrix = Matrix { outputs: 64, inputs: 512 };
    let order = Order::held(&device);
    let tile = Layout::plan(&device, matrix, device.lanes(), order, 1).unwrap().tile;
    let mut memo = Memo::new(&device);
    let (mut cursor, mut tally) = (memo.cursor(), Tally::new(&device));
    let mut simulated = Vec::new();
    for _ in 0..8 {
        let now = cursor.now();
        for pass in (Job { tile, vectors: 2 }).passes(&device, 0, None).collect::<Vec<_>>() {
            memo.run(&mut cursor, &pass, now, &mut tally);
        }
        simulated.push(memo.simulated_commands());
    }
    assert!(simulated[0] > 0 && simulated[0] <= tally.total_commands() / 8);
    // The first job began on closed rows, the second on open ones; the others begin as it did.
    assert_eq!(simulated[2..], [simulated[1]; 6]);
}
