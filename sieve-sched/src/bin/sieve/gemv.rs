//! `sieve gemv`.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use pim_dram::device::Device;
use pim_dram::gemv::Gemv;
use pim_dram::layout::Matrix;
use pim_dram::order::Order;
use sieve_sched::config::{combinations, settle};
use sieve_sched::report::ProductReport;

use crate::commands;
use crate::explore::{self, Point};
use crate::options::{DeviceOptions, Outcome, print, print_json};
use crate::output::Output;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve gemv --shape 4096x4096 --device gddr6-aim\n  sieve gemv --shape 4096x4096 --set geometry.banks=8,16,24 --set activation=ganged(4),all_bank --csv banks.csv"
)]
pub(crate) struct Options {
    #[command(flatten)]
    device: DeviceOptions,
    /// Matrix as OUTxIN: outputs (rows) x inputs (columns)
    #[arg(long, value_name = "OUTxIN")]
    shape: Matrix,
    /// Vectors, one after the other
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    tokens: u32,
    /// Command channels to spread the matrix over [default: all of the device]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    channels: Option<u32>,
    /// Loop order: no-reuse, reuse-gb:R, output-stationary or row-open [default: the fastest]
    #[arg(long)]
    order: Option<Order>,
    /// Write a row per combination of listed values to this file, as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Do not look for the peak power, which takes every command to be simulated instead of passes looked up
    #[arg(long)]
    no_peak: bool,
    /// Write the commands of one channel to this file, as CSV; gzip if its name ends in .gz
    #[arg(long, value_name = "FILE", conflicts_with = "csv")]
    commands: Option<PathBuf>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// One product, or one for every combination of the values listed with `--set`.
pub(crate) fn run(options: &Options) -> Outcome {
    let spec = options.device.spec()?;
    let grid = combinations(&settle(&spec, options.device.assignments())?)?;
    if grid.len() > 1 && options.commands.is_some() {
        return Err("--commands: writes one product, and --set lists several".into());
    }
    // A file that cannot be written is found before the work is done.
    let csv = options.csv.as_deref().map(Output::create).transpose()?;
    let commands = options.commands.as_deref().map(Output::create).transpose()?;
    if let (Some(path), Some(output)) = (&options.commands, commands) {
        let device = options.device.device()?;
        let gemv = options.product(&device)?;
        commands::write(path, output, &device, gemv.layout.tile, options.tokens)?;
    }
    let points = explore::run(&spec, &grid, |device| options.simulate(device));
    if let Some(output) = csv {
        explore::write(output, &points)?;
    }
    explore::possible(&points)?;
    match points.as_slice() {
        [Point { report: Some(report), .. }] if options.json => print_json(report),
        [Point { report: Some(report), .. }] => print(&report.text()),
        points => explore::show(points, options.json),
    }
}

impl Options {
    fn product(&self, device: &Device) -> Result<Gemv, Box<dyn Error>> {
        let channels = DeviceOptions::channels(device, self.channels)?;
        Ok(Gemv::simulate(device, self.shape, self.tokens, channels, self.order)?)
    }

    fn simulate(&self, device: &Device) -> Result<ProductReport, Box<dyn Error>> {
        Ok(ProductReport::new(device, &self.product(device)?, self.tokens, !self.no_peak))
    }
}
