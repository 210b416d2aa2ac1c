//! `sieve traffic`.

use std::collections::BTreeMap;

use clap::Args;
use pim_dram::device::Device;
use pim_dram::layout::Matrix;
use pim_dram::sequencer::Arbitration;
use pim_dram::time::Ticks;
use pim_dram::traffic::{
    Load, Progress, READ_PER_PSEUDO_CHANNEL, Run, Traffic, measure, peak_share,
};
use serde::Serialize;

use crate::options::{DeviceOptions, Outcome, print, print_json};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve traffic --shape 1536x2048 --tokens 8 --arbitration batched:16"
)]
pub(crate) struct Options {
    #[command(flatten)]
    device: DeviceOptions,
    /// Matrix of every product as OUTxIN: outputs (rows) x inputs (columns)
    #[arg(long, value_name = "OUTxIN")]
    shape: Matrix,
    /// Vectors of a product, one after the other
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    tokens: u32,
    /// Products, one after the other [default: as many as alone take as long as the stream alone]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    jobs: Option<u32>,
    /// Bytes that the host reads meanwhile from all channels that take part [default: 1 MiB a pseudo-channel]
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1..))]
    read: Option<u64>,
    /// Who goes first: pim-first, host-first or batched:N, by turns after N column commands
    #[arg(long, default_value_t = Arbitration::PimFirst)]
    arbitration: Arbitration,
    /// Command channels to spread matrix and stream over [default: all of the device]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    channels: Option<u32>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// Traffic as printed. All but `bytes_read` is of one channel; times are in clocks of the device's command clock.
#[derive(Serialize)]
struct Report {
    /// Device.
    device: String,
    /// Rows of the matrix.
    outputs: u32,
    /// Columns of the matrix.
    inputs: u32,
    /// Vectors of a product.
    tokens: u32,
    /// Command channels of the product.
    channels: u32,
    /// Who goes first.
    arbitration: String,
    /// Period of the command clock.
    clock_ps: u64,
    /// Products, one after the other.
    jobs: u32,
    /// What the stream reads on all channels, rounded up to whole bursts. Unit: B.
    bytes_read: u64,
    /// The products without the stream.
    units_alone: RunReport,
    /// The stream without the products.
    stream_alone: RunReport,
    /// Both together.
    both: RunReport,
    /// The products while both are at work; `null` where a side gets nothing done.
    units: SideReport,
    /// The stream while both are at work.
    stream: SideReport,
    /// Rate of the stream alone / peak rate. Unit: 0 to 1.
    host_share_alone: f64,
    /// The same while the units are at work. Unit: 0 to 1.
    host_share_beside: f64,
    /// Time of both together / time of one after the other.
    both_over_sum: f64,
}

/// A run from idle.
#[derive(Serialize)]
struct RunReport {
    /// Until the last result is at the host; 0 without products.
    units_cycles: u64,
    /// Until the last burst is at the host; 0 without a stream.
    stream_cycles: u64,
    /// Time for which the column bus is taken / all time.
    column_bus_share: f64,
    /// Turns of the data buses between reading and writing.
    turnarounds: u64,
    /// Commands of one channel by mnemonic.
    commands: BTreeMap<String, u64>,
}

/// What a side gets done until the first of the two is through.
#[derive(Serialize)]
struct SideReport {
    /// Column commands of the side until the first of the two is through.
    column_commands: u64,
    /// Until then.
    cycles: u64,
    /// Until the side alone has done the same. Unit: clocks.
    cycles_alone: u64,
    /// `cycles` / `cycles_alone`.
    slow_down: Option<f64>,
}

impl RunReport {
    fn new(device: &Device, run: &Run) -> Self {
        let counts = device.commands.iter().zip(&run.commands).filter(|(_, count)| **count > 0);
        Self {
            units_cycles: device.clock.clocks(run.units),
            stream_cycles: device.clock.clocks(run.stream),
            column_bus_share: run.column_bus_share(),
            turnarounds: run.turnarounds,
            commands: counts.map(|(command, &count)| (command.name.clone(), count)).collect(),
        }
    }

    fn text(&self) -> String {
        let commands: Vec<_> =
            self.commands.iter().map(|(name, count)| format!("{name} {count}")).collect();
        format!(
            "column bus {:.1} % taken, {} turnarounds; {}",
            100.0 * self.column_bus_share,
            self.turnarounds,
            commands.join(", ")
        )
    }
}

impl SideReport {
    fn new(device: &Device, side: &Progress) -> Self {
        Self {
            column_commands: side.commands,
            cycles: device.clock.clocks(side.together),
            cycles_alone: device.clock.clocks(side.alone),
            slow_down: side.slow_down(),
        }
    }

    fn text(&self) -> String {
        self.slow_down.map_or("waits".to_owned(), |factor| format!("{factor:.3} x as long"))
    }
}

impl Report {
    fn new(device: &Device, traffic: &Traffic, options: &Options, channels: u32) -> Self {
        let geometry = &device.spec.geometry;
        let of_channel = u64::from(geometry.pseudo_channels) * traffic.bursts;
        let share = |bursts, ticks: Ticks| peak_share(device, bursts, ticks);
        Self {
            device: device.spec.name.clone(),
            outputs: options.shape.outputs,
            inputs: options.shape.inputs,
            tokens: options.tokens,
            channels,
            arbitration: options.arbitration.to_string(),
            clock_ps: device.clock.period_ps,
            jobs: traffic.jobs,
            bytes_read: of_channel * u64::from(channels) * u64::from(geometry.burst_bytes),
            units_alone: RunReport::new(device, &traffic.units_alone),
            stream_alone: RunReport::new(device, &traffic.stream_alone),
            both: RunReport::new(device, &traffic.both),
            units: SideReport::new(device, &traffic.units),
            stream: SideReport::new(device, &traffic.stream),
            host_share_alone: share(of_channel, traffic.stream_alone.stream),
            host_share_beside: share(traffic.stream.commands, traffic.stream.together),
            both_over_sum: traffic.over_sum(),
        }
    }

    fn text(&self) -> String {
        let Self { units_alone, stream_alone, both, units, stream, .. } = self;
        format!(
            "{} x {}x{} x {} beside {} B read, on {} ({} channels, {})\n\
             alone      units {} cycles of {} ps, stream {}\n\
             both       units {} cycles, stream {}; {:.3} x one after the other\n\
             meanwhile  units {}, stream {}; host at {:.1} % of peak, alone at {:.1} %\n\
             units      {}\n\
             stream     {}\n\
             together   {}",
            self.jobs,
            self.outputs,
            self.inputs,
            self.tokens,
            self.bytes_read,
            self.device,
            self.channels,
            self.arbitration,
            units_alone.units_cycles,
            self.clock_ps,
            stream_alone.stream_cycles,
            both.units_cycles,
            both.stream_cycles,
            self.both_over_sum,
            units.text(),
            stream.text(),
            100.0 * self.host_share_beside,
            100.0 * self.host_share_alone,
            units_alone.text(),
            stream_alone.text(),
            both.text(),
        )
    }
}

pub(crate) fn run(options: &Options) -> Outcome {
    let device = options.device.device()?;
    let channels = DeviceOptions::channels(&device, options.channels)?;
    let pseudo_channels = u64::from(channels) * u64::from(device.spec.geometry.pseudo_channels);
    let load = Load {
        matrix: options.shape,
        vectors: options.tokens,
        channels,
        bytes: options.read.unwrap_or(pseudo_channels * READ_PER_PSEUDO_CHANNEL),
        jobs: options.jobs,
    };
    let traffic = measure(&device, &load, options.arbitration, &mut ())?;
    let report = Report::new(&device, &traffic, options, channels);
    if options.json { print_json(&report) } else { print(&report.text()) }
}
