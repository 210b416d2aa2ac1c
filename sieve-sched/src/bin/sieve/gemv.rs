//! `sieve gemv`.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use pim_dram::device::Device;
use pim_dram::gemv::Gemv;
use pim_dram::layout::Matrix;
use pim_dram::order::Order;
use pim_dram::tally::Category;
use serde::Serialize;
use sieve_sched::config::{combinations, settle};

use crate::commands;
use crate::explore::{self, Point};
use crate::options::{DeviceOptions, Outcome, print, print_json};
use crate::output::Output;
use crate::power::PowerReport;

#[derive(Args)]
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
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// A product as printed. Counts and breakdown are of one channel; the breakdown adds up to `cycles`.
#[derive(Serialize)]
pub(crate) struct Report {
    device: String,
    activation: String,
    outputs: u32,
    inputs: u32,
    tokens: u32,
    channels: u32,
    /// Loop order.
    order: String,
    /// Clocks of the device's command clock.
    pub(crate) cycles: u64,
    clock_ps: u64,
    pub(crate) time_ns: f64,
    roofline_ns: f64,
    pub(crate) time_over_roofline: f64,
    commands: BTreeMap<String, u64>,
    pub(crate) refreshes: u64,
    /// Of the time: refresh, with the closing and opening of rows that it causes.
    pub(crate) refresh_share: f64,
    pub(crate) breakdown: BTreeMap<&'static str, u64>,
    pub(crate) layout: LayoutReport,
    #[serde(flatten)]
    pub(crate) power: PowerReport,
}

/// How the matrix is cut.
#[derive(Serialize)]
pub(crate) struct LayoutReport {
    slices: u32,
    groups: u32,
    outputs_per_bank: u32,
    bursts_per_output: u32,
    rows_per_bank: u32,
    pub(crate) padding_share: f64,
    pub(crate) idle_banks: u64,
}

impl Report {
    /// Of a simulated product.
    pub(crate) fn new(device: &Device, gemv: &Gemv, tokens: u32, peak: bool) -> Self {
        let layout = &gemv.layout;
        let named = |(command, &count): (&pim_dram::family::CommandSpec, &u64)| {
            (count > 0).then(|| (command.name.clone(), count))
        };
        let clocks = |c: Category| (c.name(), device.clock.clocks(gemv.tally.time(c)));
        let (time, roofline) = (gemv.time.as_ticks() as f64, gemv.roofline.as_ticks() as f64);
        Self {
            device: device.spec.name.clone(),
            activation: ron::to_string(&device.pim.activation).unwrap_or_default(),
            outputs: layout.matrix.outputs,
            inputs: layout.matrix.inputs,
            tokens,
            order: layout.tile.order.to_string(),
            channels: layout.lanes / device.lanes(),
            cycles: device.clock.clocks(gemv.ticks),
            clock_ps: device.clock.period_ps,
            time_ns: time / 1e6,
            roofline_ns: roofline / 1e6,
            time_over_roofline: time / roofline,
            commands: device.commands.iter().zip(&gemv.tally.commands).filter_map(named).collect(),
            refreshes: gemv.tally.count(device.roles.refresh),
            refresh_share: gemv.tally.time(Category::Refresh).0 as f64 / gemv.ticks.0 as f64,
            breakdown: Category::ALONE.map(clocks).into(),
            layout: LayoutReport {
                slices: layout.slices,
                groups: layout.groups,
                outputs_per_bank: layout.tile.outputs,
                bursts_per_output: layout.tile.columns,
                rows_per_bank: layout.tile.rows(device),
                padding_share: layout.padding(device),
                idle_banks: layout.idle_banks(device),
            },
            power: PowerReport::new(device, gemv, tokens, peak),
        }
    }

    fn text(&self) -> String {
        let breakdown: Vec<String> = Category::ALONE
            .iter()
            .map(|c| format!("{} {}", c.name().replace('_', " "), self.breakdown[c.name()]))
            .collect();
        let commands: Vec<String> =
            self.commands.iter().map(|(name, n)| format!("{name} {n}")).collect();
        let l = &self.layout;
        format!(
            "{}x{} x {} on {} ({} channels, rows opened {}, {})\n\
             time       {} cycles of {} ps = {:.1} ns, {:.2} x roofline ({:.1} ns)\n\
             cycles     {}; refresh takes {:.1} %\n\
             commands   {} of one channel\n\
             layout     {} input slices x {} output groups; {} outputs of {} bursts and {} rows a bank; {:.1} % padding, {} idle banks{}",
            self.outputs,
            self.inputs,
            self.tokens,
            self.device,
            self.channels,
            self.activation,
            self.order,
            self.cycles,
            self.clock_ps,
            self.time_ns,
            self.time_over_roofline,
            self.roofline_ns,
            breakdown.join(", "),
            100.0 * self.refresh_share,
            commands.join(", "),
            l.slices,
            l.groups,
            l.outputs_per_bank,
            l.bursts_per_output,
            l.rows_per_bank,
            100.0 * l.padding_share,
            l.idle_banks,
            self.power.text(),
        )
    }
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

    fn simulate(&self, device: &Device) -> Result<Report, Box<dyn Error>> {
        Ok(Report::new(device, &self.product(device)?, self.tokens, !self.no_peak))
    }
}
