//! `sieve gemv`.

mod explored;

use std::path::PathBuf;

use clap::Args;
use sieve_sched::explore::{Point, possible};
use sieve_sched::options::GemvOptions;
use sieve_sched::stop::Stop;

use crate::commands;
use crate::options::{Outcome, print, print_json};
use crate::output::Output;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve gemv --shape 4096x4096 --device gddr6-aim\n  sieve gemv --shape 4096x4096 --set geometry.banks=8,16,24 --set activation=ganged(4),all_bank --csv banks.csv"
)]
pub(crate) struct Options {
    #[command(flatten)]
    gemv: GemvOptions,
    /// Write a row per combination of listed values to this file, as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write the commands of one channel to this file, as CSV; gzip if its name ends in .gz
    #[arg(long, value_name = "FILE", conflicts_with = "csv")]
    commands: Option<PathBuf>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// One product, or one for every combination of the values listed with `--set`.
pub(crate) fn run(options: &Options) -> Outcome {
    let gemv = &options.gemv;
    let grid = gemv.grid()?;
    if grid.len() > 1 && options.commands.is_some() {
        return Err("--commands: writes one product, and --set lists several".into());
    }
    // A file that cannot be written is found before the work is done.
    let csv = options.csv.as_deref().map(Output::create).transpose()?;
    let commands = options.commands.as_deref().map(Output::create).transpose()?;
    if let (Some(path), Some(output)) = (&options.commands, commands) {
        let device = gemv.device.device()?;
        let product = gemv.product(&device)?;
        commands::write(path, output, &device, product.layout.tile, gemv.tokens)?;
    }
    let points = gemv.points(&grid, &Stop::default())?;
    if let Some(output) = csv {
        explored::write(output, &points)?;
    }
    possible(&points)?;
    match points.as_slice() {
        [Point { report: Some(report), .. }] if options.json => print_json(report),
        [Point { report: Some(report), .. }] => print(&report.text()),
        points => explored::show(points, options.json),
    }
}
