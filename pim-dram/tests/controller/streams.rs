//! What a stream gets of the peak, and what idle time costs.

use std::cell::Cell;

use pim_dram::controller::{
    Access, Controller, ControllerError, ControllerSpec, Counter, Engine, Record, Run, Stats, run,
};
use pim_dram::sequencer::Sink;
use pim_dram::spec::Refresh;
use pim_dram::{DeviceSpec, Dram};

use super::serve::{device, read, sequential, strict};

/// A long look-ahead over the addresses that a device serves fastest.
fn streaming() -> ControllerSpec {
    let mapper = "interleaved".to_owned();
    ControllerSpec { read_queue: 128, write_queue: 128, mapper, ..strict() }
}

fn stream(dram: &Dram, spec: &ControllerSpec) -> Stats {
    let accesses = sequential(dram, spec, 50_000, false);
    let mut engine = Controller::new(dram, spec, accesses.len()).expect("a host");
    let mut counter = Counter::new(dram);
    run(&mut engine, &accesses, &mut counter).expect("an end");
    let (record, tally) = (&engine.into_record(), &counter.tally);
    Stats::of(dram, &[Run { accesses: &accesses, record, tally }])
}

#[test]
fn a_stream_gets_what_refresh_leaves_of_the_peak() {
    for name in ["hbm3-16gb-8hi", "hbm3-4gb", "hbm2-8gb", "sieve-hbm3e"] {
        let refresh = DeviceSpec::preset(name).expect("shipped").refresh;
        for refresh in [Refresh::None, refresh] {
            let stats = stream(&device(name, refresh), &streaming());
            let left = 1.0 - stats.refresh_share;
            let fraction = stats.bandwidth.fraction;
            assert!(fraction >= 0.95 * left, "{name}, {refresh:?}: {fraction} of {left}");
        }
    }
}

#[test]
fn refresh_bank_by_bank_costs_a_stream_no_more_than_that_of_all_banks() {
    let fraction = |refresh| {
        let stats = stream(&device("hbm3-16gb-8hi", refresh), &streaming());
        stats.bandwidth.fraction
    };
    let [all, one] = [Refresh::AllBank, Refresh::PerBank].map(fraction);
    assert!(one >= all, "{one} < {all}");
}

/// Counts how often it is woken.
struct Counted<E> {
    engine: E,
    ticks: Cell<u64>,
}

impl<E: Engine> Engine for Counted<E> {
    fn accepts(&self, access: &Access) -> bool {
        self.engine.accepts(access)
    }

    fn accept(&mut self, access: Access, id: u32, now: u64) {
        self.engine.accept(access, id, now);
    }

    fn tick(&mut self, now: u64, sink: &mut impl Sink) -> Result<u64, ControllerError> {
        self.ticks.set(self.ticks.get() + 1);
        self.engine.tick(now, sink)
    }

    fn patience(&self) -> u64 {
        self.engine.patience()
    }

    fn label(&self, now: u64) -> u64 {
        self.engine.label(now)
    }

    fn record(&self) -> &Record {
        self.engine.record()
    }

    fn into_record(self) -> Record {
        self.engine.into_record()
    }
}

#[test]
fn idle_time_costs_nothing_but_its_refreshes() {
    let gap = 1_000_000_000;
    let (first, (second, _)) = (read(0, 7, 0), read(0, 8, 0));
    for refresh in [Refresh::None, Refresh::AllBank] {
        let dram = device("hbm3-16gb-8hi", refresh);
        let engine = Controller::new(&dram, &strict(), 2).expect("a host");
        let mut engine = Counted { engine, ticks: Cell::new(0) };
        let mut list = Vec::new();
        run(&mut engine, &[first, (second, gap)], &mut list).expect("an end");
        let ticks = engine.ticks.get();
        assert!(ticks <= 16 + 4 * list.len() as u64, "{ticks} for {} commands", list.len());
        // ACT, RD, PRE, ACT, RD; and one refresh of each pseudo-channel in 12,480 ticks.
        let refreshes = if refresh == Refresh::None { 0 } else { 2 * gap / 12_480 };
        assert!(list.len() as u64 <= 6 + refreshes, "{}", list.len());
    }
}
