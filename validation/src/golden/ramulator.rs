//! `ramulator2_hbm3.csv`: runs of ramulator2@c5b1c3a, 100,000 requests on one channel of HBM3_16Gb_8hi (`org4Gb`: HBM3_4Gb) at
//! 6.4 Gb/s.

use std::io::BufWriter;

use pim_dram::controller::{
    CommandLines, Controller, ControllerSpec, Counter, Engine, Mapper, MapperSpec, Request,
    RowPolicy, Scheduler, Spread, Stats, run, time_lines,
};
use pim_dram::sequencer::{Issued, Sink};
use pim_dram::spec::Refresh;
use pim_dram::{DeviceSpec, Dram};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::measure::MeasureError;
use crate::presets::Presets;

/// Requests of a run.
const REQUESTS: u64 = 100_000;

/// A run, and what it gave.
#[derive(Clone, Debug, Deserialize)]
pub struct Run {
    /// Simulator and commit.
    pub sim: String,
    /// Changes to the base configuration and the refresh manager, such as `cap4_AllBank`.
    pub config: String,
    /// Name of the trace.
    pub trace: String,
    /// What it gave.
    #[serde(flatten)]
    pub found: Found,
}

/// What a run gives.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Found {
    /// To the last departure.
    pub ticks: u64,
    /// Requests that found their row open.
    pub hits: u64,
    /// Requests that found no row open.
    pub misses: u64,
    /// Requests that found another row open.
    pub conflicts: u64,
    /// With six significant digits.
    pub mean_read_latency_ticks: f64,
    /// Over every command's tick and place.
    pub commands_sha256: String,
    /// Over every request's arrival and departure.
    pub times_sha256: String,
}

/// Hashes commands and counts them.
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

impl Run {
    /// Whether its trace is a formula; that of random reads is not.
    #[must_use]
    pub fn has_formula(&self) -> bool {
        request(&self.trace, 0).is_some()
    }

    /// Device and controller.
    fn setting(&self, presets: &Presets) -> Result<(DeviceSpec, ControllerSpec), MeasureError> {
        let unknown = || MeasureError::golden(format!("no configuration `{}`", self.config));
        let (base, refresh) = self.config.split_once('_').ok_or_else(unknown)?;
        let organisation = if base == "org4Gb" { "4gb" } else { "16gb-8hi" };
        let mut device = presets.spec(&format!("ramulator2-compat-hbm3-{organisation}"))?;
        device.refresh = match refresh {
            "None" => Refresh::None,
            "AllBank" => Refresh::AllBank,
            "PerBank" => Refresh::PerBank,
            _ => return Err(unknown()),
        };
        let controller = device.controller.as_deref().unwrap_or_default();
        let mut controller = ControllerSpec::shipped(controller).map_err(MeasureError::golden)?;
        match base {
            "base" | "org4Gb" => {}
            "rowhit" => controller.scheduler = Scheduler::FrFcfsRowHit,
            "cap4" => controller.row_policy = RowPolicy::ClosedCap(4),
            "mop" => controller.mapper = "mop4clxor".to_owned(),
            "q128" => (controller.read_queue, controller.write_queue) = (128, 128),
            _ => return Err(unknown()),
        }
        Ok((device, controller))
    }

    /// Runs requests under its configuration.
    ///
    /// # Errors
    /// A configuration that is unknown or contradicts itself.
    pub fn run(&self, presets: &Presets, requests: &[Request]) -> Result<Found, MeasureError> {
        let (device, controller) = self.setting(presets)?;
        let dram = Dram::new(&device)?;
        let mapper = MapperSpec::shipped(&controller.mapper).map_err(MeasureError::golden)?;
        let mapper = Mapper::new(&mapper, &device.geometry, 1, controller.beyond)
            .map_err(MeasureError::golden)?;
        let spread = Spread::new(&mapper, 1, requests)
            .map_err(|(at, error)| MeasureError::golden(format!("request {at}: {error}")))?;
        let mut engine =
            Controller::new(&dram, &controller, requests.len()).map_err(MeasureError::golden)?;
        let lines = CommandLines::new(&dram, controller.first_tick, BufWriter::new(Sha256::new()));
        let mut watch = Watch { counter: Counter::new(&dram), lines };
        run(&mut engine, &spread.accesses[0], &mut watch).map_err(MeasureError::golden)?;
        let record = engine.into_record();
        let mut times = Sha256::new();
        time_lines(spread.times(&[&record]), |lines| times.update(lines));
        let commands = watch.lines.finish().map_err(MeasureError::golden)?;
        let commands = commands.into_inner().map_err(MeasureError::golden)?;
        let accesses = &spread.accesses[0];
        let tally = &watch.counter.tally;
        let stats =
            Stats::of(&dram, &[pim_dram::controller::Run { accesses, record: &record, tally }]);
        let (reads, writes) = (&stats.rows.reads, &stats.rows.writes);
        let latency = stats.latency.reads.map_or(f64::NAN, |reads| reads.mean_ticks);
        Ok(Found {
            ticks: stats.time_ticks,
            hits: reads.hits + writes.hits,
            misses: reads.misses + writes.misses,
            conflicts: reads.conflicts + writes.conflicts,
            mean_read_latency_ticks: significant(latency),
            commands_sha256: hex(commands),
            times_sha256: hex(times),
        })
    }
}

impl super::Run for Run {
    const TABLE: &'static str = include_str!("../../golden/ramulator2_hbm3.csv");

    fn name(&self) -> String {
        format!("{}, {}", self.config, self.trace)
    }

    fn published(&self) -> u64 {
        self.found.ticks
    }

    fn cycles(&self, presets: &Presets) -> Result<u64, MeasureError> {
        let requests = generated(&self.trace)
            .ok_or_else(|| MeasureError::golden(format!("{}: no formula", self.trace)))?;
        Ok(self.run(presets, &requests)?.ticks)
    }
}

/// The trace of that name by its formula, for those that have one.
#[must_use]
pub fn generated(trace: &str) -> Option<Vec<Request>> {
    (0..REQUESTS).map(|n| request(trace, n)).collect()
}

/// The request of that number.
fn request(trace: &str, n: u64) -> Option<Request> {
    let place = |row: u64, bank: u64, group: u64, pseudo_channel: u64, column: u64| {
        ((((row << 2 | bank) << 2 | group) << 2 | pseudo_channel) << 5 | column) << 5
    };
    let (write, address) = match trace {
        "seq_rd" => (false, n << 5),
        "seq_rw21" => (n % 3 == 2, n << 5),
        // A row of one bank after the other.
        "bank_conflict" => (false, place(n % 16_384, 0, 0, 0, 0)),
        // Pseudo-channels and bank groups in turn, then the columns of their rows, then the banks.
        "ideal_rd" => (false, place(n / 1024, n / 256 % 4, n / 2 % 4, n % 2, n / 8 % 32)),
        _ => return None,
    };
    Some(Request { write, address, at: 0 })
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// With six significant digits, as the table has them.
fn significant(number: f64) -> f64 {
    format!("{number:.5e}").parse().unwrap_or(number)
}
