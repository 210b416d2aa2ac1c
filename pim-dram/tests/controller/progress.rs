//! Runs end, and nobody waits for ever.

use pim_dram::checker;
use pim_dram::controller::{Access, ControllerError, ControllerSpec, RowPolicy};
use pim_dram::spec::{Delay, Refresh};
use proptest::prelude::*;

use super::plain_path::{any_dram, any_requests, refreshed_late};
use super::serve::{attempt, device, hbm3, read, sequential, serve, strict};
use crate::common::{cases, dram};

/// Ticks that the oldest request may still wait when nobody may overtake it any more: a row cycle, a read to a write and back,
/// and its data.
const ROW: u64 = 144 + 40 + 44 + 64 + 44;

/// The longest time from acceptance to departure.
fn longest_wait(spec: &ControllerSpec, accesses: &[(Access, u64)]) -> u64 {
    let (record, _) = serve(&hbm3(), spec, accesses);
    let waits = record.arrive.iter().zip(&record.depart).map(|(arrive, depart)| depart - arrive);
    waits.max().unwrap_or_default()
}

fn waiting(ck: u64) -> [ControllerSpec; 2] {
    [Some(Delay::Ck(ck)), None].map(|max_wait| ControllerSpec { max_wait, ..strict() })
}

#[test]
fn a_stream_of_row_hits_starves_another_row_no_longer_than_it_may() {
    // A read every tCCD_L, 8 ticks, and PRE may come 19 after one.
    let mut accesses: Vec<_> = (0..4000).map(|n| read(0, 7, n % 32)).collect();
    accesses[50] = read(0, 8, 0);
    let [bounded, unbounded] = waiting(1000);
    // The queue holds 32 requests, of which no other one waits for long.
    assert!((2000..2000 + ROW).contains(&longest_wait(&bounded, &accesses)));
    assert!(longest_wait(&unbounded, &accesses) > 8 * 3900);
}

#[test]
fn a_stream_of_one_stack_id_starves_the_other_no_longer_than_it_may() {
    // Two bank groups of stack id 0 by turns, a read every tCCD_S, 4 ticks; stack id 1 may come tCCD_R, 6 ticks, after one.
    let mut accesses: Vec<_> = (0..8000).map(|n| read(4 * (n % 2), 7, n / 2 % 32)).collect();
    accesses[50] = read(16, 7, 0);
    let [bounded, unbounded] = waiting(1000);
    assert!((2000..2000 + ROW).contains(&longest_wait(&bounded, &accesses)));
    assert!(longest_wait(&unbounded, &accesses) > 4 * 7900);
}

#[test]
fn rows_closed_at_a_cap_come_to_an_end_if_strict_and_to_a_live_lock_as_in_ramulator() {
    let dram = device("ramulator2-compat-hbm3-16gb-8hi", Refresh::AllBank);
    let cap = RowPolicy::ClosedCap(4);
    let spec = ControllerSpec { row_policy: cap, ..strict() };
    serve(&dram, &spec, &sequential(&dram, &spec, 20_000, true));

    let ramulator = ControllerSpec::shipped("ramulator2").expect("shipped");
    let spec = ControllerSpec { row_policy: cap, ..ramulator };
    let (ended, record, _) = attempt(&dram, &spec, &sequential(&dram, &spec, 100_000, true));
    assert!(matches!(ended, Err(ControllerError::Stuck { .. })), "{ended:?}");
    // As many as in Ramulator 2.1@c5b1c3a.
    assert_eq!(record.depart.iter().filter(|&&depart| depart > 0).count(), 3394);
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn strict_runs_are_legal_refresh_included(spec in any_dram(), requests in any_requests()) {
        let dram = dram(&spec);
        prop_assume!(!refreshed_late(&dram, &strict()));
        let accesses = super::plain_path::accesses(&dram, &requests);
        let (_, list) = serve(&dram, &strict(), &accesses);
        prop_assert_eq!(checker::check(&dram, &list), Ok(()));
    }
}
