//! `sieve timeline dram`.

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::Args;
use pim_dram::device::{Device, Dram};
use pim_dram::gemv::Gemv;
use pim_dram::layout::Matrix;
use pim_dram::order::Order;
use pim_dram::sequencer::{Arbitration, Sink};
use pim_dram::time::Ticks;
use pim_dram::trace::{Reader, TraceError};
use pim_dram::traffic::{Load, measure};
use serde::Serialize;
use sieve_sched::time::ZERO;
use sieve_sched::timeline::dram::{Watch, Watched};
use sieve_sched::timeline::{Slice, Window};

use super::write::{Target, Written};
use crate::commands;
use crate::gzip::open;
use crate::options::{DeviceOptions, Outcome, print, print_json};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve timeline dram --shape 512x512 --channels 1 --out product.perfetto-trace"
)]
pub(crate) struct Options {
    #[command(flatten)]
    device: DeviceOptions,
    /// Show a matrix-vector product on the PIM units: OUTxIN, outputs (rows) x inputs (columns)
    #[arg(long, value_name = "OUTxIN", required_unless_present = "commands")]
    shape: Option<Matrix>,
    /// Show the commands of this file, as `gemv --commands` and `dram --commands` write it; gzip if its name ends in .gz
    #[arg(long, value_name = "FILE", conflicts_with_all = ["shape", "tokens", "channels", "order", "read"])]
    commands: Option<PathBuf>,
    /// Vectors, one after the other
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    tokens: u32,
    /// Command channels to spread the matrix over [default: all of the device]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    channels: Option<u32>,
    /// Loop order: no-reuse, reuse-gb:R, output-stationary or row-open [default: the fastest]
    #[arg(long, conflicts_with = "read")]
    order: Option<Order>,
    /// Bytes that the host reads meanwhile from all channels that take part, as for `sieve traffic` with one product
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1..))]
    read: Option<u64>,
    /// Who goes first where the host reads: pim-first, host-first or batched:N, by turns after N column commands
    #[arg(long, default_value_t = Arbitration::PimFirst, requires = "read")]
    arbitration: Arbitration,
    /// First cycle that is shown
    #[arg(long, value_name = "CYCLE", default_value_t = 0)]
    from: u64,
    /// Cycle that is no longer shown
    #[arg(long, value_name = "CYCLE", default_value_t = 10_000)]
    to: u64,
    #[command(flatten)]
    target: Target,
}

/// What was written.
#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    written: Written,
    /// Device.
    device: String,
    /// Period of the command clock.
    clock_ps: u64,
    /// Commands of the channel.
    commands: u64,
    /// Those of them in the window.
    commands_shown: u64,
    /// Slices that end sooner than they should, since the next one on their track began before.
    slices_cut: usize,
}

pub(crate) fn run(options: &Options) -> Outcome {
    if options.from >= options.to {
        return Err(format!(
            "--from {}: expected to be less than --to {}",
            options.from, options.to
        )
        .into());
    }
    let inputs: Vec<&Path> = options.commands.as_deref().into_iter().collect();
    let output = options.target.create(&inputs)?;
    let dram = options.device.dram()?;
    let units = dram.spec.pim.map(|_| options.device.device()).transpose()?;
    let (title, watched) = options.watch(&dram, units.as_ref())?;
    if watched.shown == 0 {
        log::warn!("{title}: none of its {} commands lies in the window", watched.commands);
    }
    if watched.cut > 0 {
        log::warn!(
            "{} slices are cut short: by the numbers of the device, such as tCCD and nBL, the next one begins before they end",
            watched.cut
        );
    }
    let report = Report {
        written: options.target.write(output, &watched.timeline)?,
        device: dram.spec.name.clone(),
        clock_ps: dram.clock.period_ps,
        commands: watched.commands,
        commands_shown: watched.shown,
        slices_cut: watched.cut,
    };
    if options.target.json { print_json(&report) } else { print(&report.text()) }
}

impl Options {
    /// Runs what is shown; its title and what was seen.
    fn watch(
        &self,
        dram: &Dram,
        units: Option<&Device>,
    ) -> Result<(String, Watched), Box<dyn Error>> {
        let instant = |cycle: u64| {
            let ticks = cycle.saturating_mul(dram.clock.ticks_per_clock);
            dram.clock.femtos(Ticks(ticks))
        };
        let window = Window { from: instant(self.from), to: instant(self.to) };
        let mut watch = Watch::new(dram, units, window);
        let name = &dram.spec.name;
        let what = if let Some(file) = &self.commands {
            file_into(file, dram, &mut watch)?;
            file.file_name().unwrap_or(file.as_os_str()).display().to_string()
        } else if let Some(shape) = self.shape {
            let none = || format!("device `{name}`: has no PIM units; show a file with --commands");
            self.product(units.ok_or_else(none)?, shape, &mut watch)?;
            format!("{}x{} x {}", shape.outputs, shape.inputs, self.tokens)
        } else {
            return Err("--shape: say what is to be shown, or --commands".into());
        };
        let title = format!("{what} on one channel of {name}");
        let about = Slice::new("window", ZERO, ZERO)
            .with("device", name.clone())
            .with("clock_ps", dram.clock.period_ps)
            .with("from_cycle", self.from)
            .with("to_cycle", self.to);
        let watched = watch.finish(&title, about);
        Ok((title, watched))
    }

    /// A product, every command on the plain path, perhaps beside a stream of the host.
    fn product(&self, device: &Device, matrix: Matrix, sink: &mut impl Sink) -> Outcome {
        let channels = DeviceOptions::channels(device, self.channels)?;
        if let Some(bytes) = self.read {
            let load = Load { matrix, vectors: self.tokens, channels, bytes, jobs: Some(1) };
            measure(device, &load, self.arbitration, sink)?;
            return Ok(());
        }
        let gemv = Gemv::simulate(device, matrix, self.tokens, channels, self.order)?;
        commands::watch(device, gemv.layout.tile, self.tokens, sink);
        Ok(())
    }
}

/// The commands of a file.
fn file_into(file: &Path, dram: &Dram, sink: &mut impl Sink) -> Outcome {
    let name = file.display();
    let input = open(file).map_err(|error| format!("{name}: cannot be read: {error}"))?;
    let wrong = |TraceError { line, mistake }: TraceError| format!("{name}:{line}: {mistake}");
    for issued in Reader::new(dram, input).map_err(wrong)? {
        sink.issued(&issued.map_err(wrong)?);
    }
    Ok(())
}

impl Report {
    fn text(&self) -> String {
        format!(
            "{} of {} commands, a cycle is {} ps\n{}",
            self.commands_shown,
            self.commands,
            self.clock_ps,
            self.written.text()
        )
    }
}
