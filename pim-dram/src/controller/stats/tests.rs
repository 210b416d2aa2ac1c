//! Figures by hand.

use std::collections::BTreeMap;

use super::*;
use crate::Dram;
use crate::controller::access::Access;
use crate::controller::record::Rows;
use crate::controller::{Controller, ControllerSpec, Engine, run};
use crate::spec::{DeviceSpec, Refresh};

fn dram(refresh: Refresh) -> Dram {
    let mut spec = DeviceSpec::preset("hbm3-16gb-8hi").unwrap();
    spec.refresh = refresh;
    Dram::new(&spec).unwrap()
}

fn access(write: bool, bank: u32, row: u32, column: u32) -> (Access, u64) {
    let address = u64::from(row << 16 | bank << 8 | column);
    (Access { write, address, bank, row, column }, 0)
}

fn done(dram: &Dram, accesses: &[(Access, u64)]) -> (Record, Tally) {
    let spec = ControllerSpec::shipped("strict").unwrap();
    let mut engine = Controller::new(dram, &spec, accesses.len()).unwrap();
    let mut counter = Counter::new(dram);
    run(&mut engine, accesses, &mut counter).unwrap();
    (engine.into_record(), counter.tally)
}

fn stats(dram: &Dram, accesses: &[(Access, u64)]) -> Stats {
    let (record, tally) = done(dram, accesses);
    Stats::of(dram, &[Run { accesses, record: &record, tally: &tally }])
}

/// Two reads of one row: ACT at 0, RD at 64 (tRCDRD 31 CK = 62, and ACT takes 3 ticks of its bus against 2 of RD: 63, the
/// next rising edge), RD at 72 (tCCD_L), data 44 ticks later.
#[test]
fn two_reads_of_a_row_by_hand() {
    let dram = dram(Refresh::None);
    let stats = stats(&dram, &[access(false, 0, 7, 0), access(false, 0, 7, 1)]);
    assert_eq!((stats.time_ticks, stats.time_ns), (116, 36.25));
    // Two bursts of 32 B in 36.25 ns; two pseudo-channels with a burst each in 4 ticks.
    assert_eq!(stats.bandwidth.bytes_per_s, 64e9 / 36.25);
    assert_eq!(stats.bandwidth.peak_bytes_per_s, 2.0 * 32e9 / 1.25);
    assert_eq!(stats.bandwidth.fraction, 2.0 * 4.0 / (2.0 * 116.0));
    assert_eq!(stats.rows.reads, Rows { hits: 1, misses: 1, conflicts: 0 });
    // The second came one tick after the first.
    let latency = stats.latency.reads.unwrap();
    assert_eq!((latency.count, latency.min_ticks, latency.max_ticks), (2, 108, 115));
    assert_eq!((latency.p50_ticks, latency.p90_ticks, latency.mean_ticks), (108, 115, 111.5));
    assert_eq!((latency.min_ns, latency.mean_ns), (33.75, 34.84375));
    assert_eq!(stats.latency.writes, None);
    let busy = Busy { row_bus: 3.0 / 116.0, column_bus: 4.0 / 116.0, data_bus: 8.0 / 232.0 };
    assert_eq!(stats.busy, busy);
    assert_eq!(stats.commands, BTreeMap::from([("ACT".into(), 1), ("RD".into(), 2)]));
    // A row, two bursts of 256 bit, two pseudo-channels of 33 mW over 36.25 ns.
    let energy = stats.energy.unwrap();
    let expected = [
        ("activation", 909.0),
        ("background", 2392.5),
        ("column", 225.28),
        ("io", 153.6),
        ("path", 1402.88),
    ];
    assert_eq!(energy.parts_pj, BTreeMap::from(expected));
    assert_eq!(energy.pj_per_bit, Some(energy.total_pj / 512.0));
}

#[test]
fn what_the_write_queue_answers_moves_no_burst() {
    let dram = dram(Refresh::None);
    let again = access(true, 0, 7, 0);
    let stats = stats(&dram, &[again, again, access(false, 0, 7, 0)]);
    let expected = Requests { reads: 1, writes: 2, bursts: 1, forwarded: 1, merged: 1 };
    assert_eq!(stats.requests, expected);
    assert_eq!(stats.latency.reads.unwrap().max_ticks, 1);
    assert_eq!(stats.latency.writes.unwrap().min_ticks, 0);
}

#[test]
fn refreshes_are_time_of_the_banks_they_reach() {
    let mut tally = Tally::new(&dram(Refresh::AllBank));
    let mut record = Record::new(0);
    record.end = 112_000;
    // REFab of 1120 ticks on half of the banks; REFpb of 640 ticks on one of 64.
    for (refresh, count, ticks) in [(Refresh::AllBank, 10, 5600.0), (Refresh::PerBank, 64, 640.0)] {
        let dram = dram(refresh);
        tally.commands.fill(0);
        let command = dram.refresh.as_ref().unwrap().command;
        tally.commands[usize::from(command.0)] = count;
        let run = Run { accesses: &[], record: &record, tally: &tally };
        assert_eq!(Stats::of(&dram, &[run]).refresh_share, ticks / 112_000.0);
    }
}

#[test]
fn channels_side_by_side_share_the_longest_time() {
    let dram = dram(Refresh::None);
    let (short, long) =
        ([access(false, 0, 7, 0)], [access(false, 0, 7, 0), access(false, 0, 7, 1)]);
    let ran = [done(&dram, &short), done(&dram, &long)];
    let accesses: [&[_]; 2] = [&short, &long];
    let runs: Vec<Run<'_>> = (ran.iter().zip(accesses))
        .map(|((record, tally), accesses)| Run { accesses, record, tally })
        .collect();
    let stats = Stats::of(&dram, &runs);
    assert_eq!((stats.time_ticks, stats.requests.bursts), (116, 3));
    assert_eq!(stats.bandwidth.fraction, 3.0 * 4.0 / (4.0 * 116.0));
    assert_eq!(stats.busy.column_bus, 6.0 / 232.0);
    assert_eq!(stats.energy.unwrap().parts_pj["background"], 2.0 * 2392.5);
}

#[test]
fn quantiles_are_latencies_of_requests() {
    let dram = dram(Refresh::None);
    let latency = Latency::of(&dram, (1..=200).rev()).unwrap();
    let quantiles = [latency.p50_ticks, latency.p90_ticks, latency.p99_ticks];
    assert_eq!((quantiles, latency.mean_ticks), ([100, 180, 198], 100.5));
}
