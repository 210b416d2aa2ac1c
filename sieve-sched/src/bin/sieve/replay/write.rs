//! The files of a results folder.

use std::error::Error;
use std::time::{Instant, SystemTime};

use serde::Serialize;
use sieve_sched::config::Config;
use sieve_sched::presets::digest;
use sieve_sched::report::{EnergyRow, Folder, LayerGroupRow, Summary, figure};
use sieve_sched::run::Results;

use crate::options::Outcome;

/// Writes what a replay shows.
pub(super) fn write(folder: &Folder, results: &[Results], summary: &Summary) -> Outcome {
    let configs: Vec<&Config> = results.iter().map(|results| &results.config).collect();
    let resolved = ron::ser::to_string_pretty(&configs, ron::ser::PrettyConfig::default())?;
    folder.write("config.resolved.ron", resolved.as_bytes())?;
    folder.write("summary.json", (serde_json::to_string_pretty(summary)? + "\n").as_bytes())?;
    folder.write("layers.csv", &csv_of(results.iter().flat_map(LayerGroupRow::of))?)?;
    folder.write("energy.csv", &csv_of(results.iter().flat_map(EnergyRow::of))?)?;
    let svg = figure(summary)?;
    folder.write("throughput-interactivity.svg", svg.outlined()?.as_bytes())?;
    folder.write("throughput-interactivity.png", &svg.png(300)?)?;
    Ok(())
}

fn csv_of(mut rows: impl Iterator<Item = impl Serialize>) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    rows.try_for_each(|row| table.serialize(row))?;
    Ok(table.into_inner()?)
}

/// All that is not a result: who made it, how, and how long it took.
#[derive(Serialize)]
struct Manifest {
    /// `sieve`.
    program: &'static str,
    /// Version of the program.
    version: &'static str,
    /// Digest of the shipped presets, as `sieve --version` prints it.
    presets: String,
    /// Command line.
    command: Vec<String>,
    /// Folder that it ran in.
    folder: String,
    /// Threads.
    threads: usize,
    /// Wall time. Unit: s.
    seconds: f64,
    /// End of the run since 1970.
    finished_unix_s: u64,
}

pub(super) fn manifest(begun: Instant, threads: usize) -> Result<Vec<u8>, Box<dyn Error>> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let manifest = Manifest {
        program: "sieve",
        version: env!("CARGO_PKG_VERSION"),
        presets: digest(),
        command: std::env::args().collect(),
        folder: std::env::current_dir()?.display().to_string(),
        threads,
        seconds: begun.elapsed().as_secs_f64(),
        finished_unix_s: since.as_secs(),
    };
    Ok((serde_json::to_string_pretty(&manifest)? + "\n").into_bytes())
}
