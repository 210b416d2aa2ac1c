//! Channels at work, and who watches them.

use std::error::Error;
use std::io::{BufWriter, IntoInnerError};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use pim_dram::Dram;
use pim_dram::controller::{
    CommandLines, Controller, ControllerError, ControllerSpec, Counter, Engine, Record, Spread,
    run as run_alone, run_coupled,
};
use pim_dram::sequencer::{Issued, Sink};
use pim_dram::tally::Tally;
use pim_dram::trace::Writer;
use rayon::ThreadPool;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::Feed;
use crate::gzip::Packed;
use crate::output::Output;

/// What one channel did.
pub(super) struct Served {
    pub(super) record: Record,
    pub(super) tally: Tally,
    /// SHA-256 of its commands as lines.
    pub(super) commands_sha256: String,
}

/// Everyone who watches a channel.
struct Watch<'d, 'b> {
    counter: Counter<'d>,
    lines: CommandLines<'d, BufWriter<Sha256>>,
    file: Option<Writer<'d, BufWriter<Packed<Output>>>>,
    bar: &'b ProgressBar,
    commands: u64,
}

/// Commands between two looks at the progress bar.
const PACE: u64 = 1 << 14;

impl Sink for Watch<'_, '_> {
    fn issued(&mut self, issued: &Issued) {
        self.counter.issued(issued);
        self.lines.issued(issued);
        if let Some(file) = &mut self.file {
            file.issued(issued);
        }
        self.commands += 1;
        if self.commands.is_multiple_of(PACE) {
            self.bar.inc(PACE);
        }
    }
}

/// Serves all requests; the same at any number of threads. `commands` is where the commands of the first channel go.
pub(super) fn run(
    dram: &Dram,
    controller: &ControllerSpec,
    spread: &Spread,
    feed: Feed,
    pool: &ThreadPool,
    commands: Option<(&Path, Output)>,
) -> Result<Vec<Served>, Box<dyn Error>> {
    let bar = ProgressBar::no_length()
        .with_style(ProgressStyle::with_template("{pos} commands, {per_sec}, {elapsed}")?);
    let mut file =
        commands.map(|(path, output)| Writer::new(dram, BufWriter::new(Packed::new(path, output))));
    let mut channels = Vec::new();
    for accesses in &spread.accesses {
        let watch = Watch {
            counter: Counter::new(dram),
            lines: CommandLines::new(dram, controller.first_tick, BufWriter::new(Sha256::new())),
            file: file.take(),
            bar: &bar,
            commands: 0,
        };
        channels.push((Controller::new(dram, controller, accesses.len())?, watch));
    }
    let ran = match feed {
        Feed::Free => free(&mut channels, spread, pool),
        Feed::Coupled => {
            let (mut engines, mut sinks): (Vec<_>, Vec<_>) = channels.into_iter().unzip();
            let ran = run_coupled(&mut engines, spread, &mut sinks);
            channels = engines.into_iter().zip(sinks).collect();
            ran
        }
    };
    bar.finish_and_clear();
    ran.map_err(|(channel, error)| match channels.len() {
        1 => error.to_string(),
        _ => format!("channel {channel}: {error}"),
    })?;
    channels.into_iter().map(|(engine, watch)| watch.finish(engine.into_record())).collect()
}

/// Runs every channel on its own; the error of the first that does not end.
fn free<'d>(
    channels: &mut [(Controller<'d>, Watch<'d, '_>)],
    spread: &Spread,
    pool: &ThreadPool,
) -> Result<(), (usize, ControllerError)> {
    let ran: Vec<_> = pool.install(|| {
        let channels = channels.par_iter_mut().zip(&spread.accesses);
        channels.map(|((engine, watch), accesses)| run_alone(engine, accesses, watch)).collect()
    });
    let mut ran = ran.into_iter().enumerate();
    ran.try_for_each(|(channel, ran)| ran.map_err(|error| (channel, error)))
}

impl Watch<'_, '_> {
    fn finish(self, record: Record) -> Result<Served, Box<dyn Error>> {
        if let Some(file) = self.file {
            let packed = file.finish()?.into_inner().map_err(IntoInnerError::into_error)?;
            packed.finish()?.finish()?;
        }
        let hash = self.lines.finish()?.into_inner()?.finalize();
        Ok(Served { record, tally: self.counter.tally, commands_sha256: hex(&hash) })
    }
}

/// Two digits a byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
