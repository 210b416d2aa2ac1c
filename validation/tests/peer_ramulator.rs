//! Every command and every request of Ramulator 2.1 on HBM3, by the hashes of its runs.

#![expect(clippy::unwrap_used, reason = "a helper of tests is not a test to the lint")]

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use pim_dram::controller::{
    CommandLines, Controller, ControllerSpec, Counter, Engine, Mapper, MapperSpec, Request,
    Requests, RowPolicy, Run, Scheduler, Spread, Stats, run, time_lines,
};
use pim_dram::sequencer::{Issued, Sink};
use pim_dram::spec::Refresh;
use pim_dram::{DeviceSpec, Dram};
use sha2::{Digest, Sha256};

/// Runs of 100,000 requests on one channel of HBM3_16Gb_8hi (`org4Gb`: HBM3_4Gb) at 6.4 Gb/s: ticks to the last departure,
/// requests by what they found, mean read latency, SHA-256 over all commands and over all arrivals and departures.
const RUNS: &str = include_str!("../golden/ramulator2_hbm3.csv");

const REQUESTS: u64 = 100_000;

/// Where the traces lie that were run; the one of random reads has no formula.
fn beside(trace: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/golden/dram");
    folder.join(format!("hbm3_trace_{trace}.csv.gz"))
}

/// Not by `println!`, which tests that pass keep to themselves.
fn skipped(trace: &str) {
    let note = format!("skipped: there is no {}\n", beside(trace).display());
    std::io::stderr().write_all(note.as_bytes()).unwrap();
}

fn recorded(trace: &str) -> Option<Vec<Request>> {
    let file = BufReader::new(File::open(beside(trace)).ok()?);
    let requests = Requests::new(BufReader::new(MultiGzDecoder::new(file))).unwrap();
    Some(requests.collect::<Result<_, _>>().unwrap())
}

/// The trace of that name by its formula, for those that have one.
fn generated(trace: &str) -> Option<Vec<Request>> {
    let place = |row: u64, bank: u64, group: u64, pseudo_channel: u64, column: u64| {
        ((((row << 2 | bank) << 2 | group) << 2 | pseudo_channel) << 5 | column) << 5
    };
    let request = |n: u64| match trace {
        "seq_rd" => Some((false, n << 5)),
        "seq_rw21" => Some((n % 3 == 2, n << 5)),
        // A row of one bank after the other.
        "bank_conflict" => Some((false, place(n % 16_384, 0, 0, 0, 0))),
        // Pseudo-channels and bank groups in turn, then the columns of their rows, then the banks.
        "ideal_rd" => Some((false, place(n / 1024, n / 256 % 4, n / 2 % 4, n % 2, n / 8 % 32))),
        _ => None,
    };
    let request = |n| request(n).map(|(write, address)| Request { write, address, at: 0 });
    (0..REQUESTS).map(request).collect()
}

/// Device and controller of a configuration, such as `cap4_AllBank`.
fn setting(config: &str) -> (DeviceSpec, ControllerSpec) {
    let (base, refresh) = config.split_once('_').unwrap();
    let organisation = if base == "org4Gb" { "4gb" } else { "16gb-8hi" };
    let mut device = DeviceSpec::preset(&format!("ramulator2-compat-hbm3-{organisation}")).unwrap();
    device.refresh = match refresh {
        "None" => Refresh::None,
        "AllBank" => Refresh::AllBank,
        "PerBank" => Refresh::PerBank,
        other => panic!("no refresh manager {other}"),
    };
    let mut controller = ControllerSpec::shipped(device.controller.as_ref().unwrap()).unwrap();
    match base {
        "base" | "org4Gb" => {}
        "rowhit" => controller.scheduler = Scheduler::FrFcfsRowHit,
        "cap4" => controller.row_policy = RowPolicy::ClosedCap(4),
        "mop" => controller.mapper = "mop4clxor".to_owned(),
        "q128" => (controller.read_queue, controller.write_queue) = (128, 128),
        other => panic!("no configuration {other}"),
    }
    (device, controller)
}

struct Watch<'d> {
    counter: Counter<'d>,
    lines: CommandLines<'d, BufWriter<Sha256>>,
}

impl Sink for Watch<'_> {
    fn issued(&mut self, issued: &Issued) {
        self.counter.issued(issued);
        self.lines.issued(issued);
    }
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The row of the table that a run gives, from `ticks` on.
fn row(config: &str, requests: &[Request]) -> String {
    let (device, controller) = setting(config);
    let dram = Dram::new(&device).unwrap();
    let mapper = MapperSpec::shipped(&controller.mapper).unwrap();
    let mapper = Mapper::new(&mapper, &device.geometry, 1, controller.beyond).unwrap();
    let spread = Spread::new(&mapper, 1, requests).unwrap();
    let mut engine = Controller::new(&dram, &controller, requests.len()).unwrap();
    let hash = BufWriter::new(Sha256::new());
    let lines = CommandLines::new(&dram, controller.first_tick, hash);
    let mut watch = Watch { counter: Counter::new(&dram), lines };
    run(&mut engine, &spread.accesses[0], &mut watch).unwrap();
    let record = engine.into_record();
    let records = [&record];
    let mut times = Sha256::new();
    time_lines(spread.times(&records), |lines| times.update(lines));
    let of = Run { accesses: &spread.accesses[0], record: &record, tally: &watch.counter.tally };
    let stats = Stats::of(&dram, &[of]);
    let (reads, writes) = (stats.rows.reads, stats.rows.writes);
    format!(
        "{},{},{},{},{},{},{}",
        stats.time_ticks,
        reads.hits + writes.hits,
        reads.misses + writes.misses,
        reads.conflicts + writes.conflicts,
        significant(stats.latency.reads.unwrap().mean_ticks),
        hex(watch.lines.finish().unwrap().into_inner().unwrap()),
        hex(times),
    )
}

/// With six significant digits, as the table has them.
fn significant(number: f64) -> String {
    let decimals = 5 - number.log10().floor() as usize;
    let text = format!("{number:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    RUNS.lines().skip(1).map(|line| {
        let mut fields = line.splitn(4, ',').skip(1);
        let mut field = || fields.next().unwrap();
        (field(), field(), field())
    })
}

#[test]
fn runs_with_a_formula_are_equal_command_by_command() {
    let mut equal = 0;
    for (config, trace, expected) in rows() {
        let Some(requests) = generated(trace) else { continue };
        assert_eq!(row(config, &requests), expected, "{config}, {trace}");
        equal += 1;
    }
    assert_eq!(equal, 29);
}

#[test]
fn random_reads_are_equal_command_by_command() {
    let Some(requests) = recorded("rand_rd") else {
        return skipped("rand_rd");
    };
    let mut equal = 0;
    for (config, trace, expected) in rows().filter(|(_, trace, _)| *trace == "rand_rd") {
        assert_eq!(row(config, &requests), expected, "{config}, {trace}");
        equal += 1;
    }
    assert_eq!(equal, 8);
}

#[test]
fn formulas_give_the_traces_that_were_run() {
    for trace in ["seq_rd", "seq_rw21", "ideal_rd", "bank_conflict"] {
        match recorded(trace) {
            Some(requests) => assert!(generated(trace) == Some(requests), "{trace}"),
            None => skipped(trace),
        }
    }
}
