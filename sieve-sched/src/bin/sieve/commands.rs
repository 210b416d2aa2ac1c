//! `sieve commands`, and the commands that other subcommands leave in files.

use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use pim_dram::Ticks;
use pim_dram::checker::{Checker, Violation};
use pim_dram::device::{Device, Dram};
use pim_dram::job::Job;
use pim_dram::pass::Tile;
use pim_dram::sequencer::{Sequencer, Sink};
use pim_dram::trace::{Reader, TraceError, Writer, line_of};
use serde::Serialize;

use crate::gzip::{Packed, open};
use crate::options::{DeviceOptions, print, print_json};
use crate::output::Output;

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check a command trace of one channel against the rules of a device; exit code 1 if it breaks one.
    Check(Check),
}

#[derive(Args)]
struct Check {
    #[command(flatten)]
    device: DeviceOptions,
    /// Command trace, as `gemv --commands` writes it; gzip if its name ends in .gz
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// What came of a check.
#[derive(Serialize)]
struct Report {
    /// The file.
    file: String,
    /// The device that it is checked against.
    device: String,
    /// Commands up to the first violation.
    commands: usize,
    /// Tick of the last of them.
    ticks: u64,
    /// The first thing that is wrong.
    violation: Option<Violation>,
    /// Line of the command that violates.
    line: Option<u64>,
    /// Line of the earlier command that a timing rule binds it to.
    because_line: Option<u64>,
}

/// Whether the trace is legal.
pub(crate) fn run(options: &Options) -> Result<bool, Box<dyn Error>> {
    let Command::Check(options) = &options.command;
    let report = options.check(&options.device.dram()?)?;
    if options.json { print_json(&report) } else { print(&report.text()) }?;
    Ok(report.violation.is_none())
}

impl Check {
    fn check(&self, device: &Dram) -> Result<Report, Box<dyn Error>> {
        let file = self.file.display();
        let wrong = |TraceError { line, mistake }: TraceError| format!("{file}:{line}: {mistake}");
        let input = open(&self.file).map_err(|error| format!("{file}: cannot be read: {error}"))?;
        let mut checker = Checker::new(device);
        let mut violation = None;
        for issued in Reader::new(device, input).map_err(wrong)? {
            violation = checker.push(&issued.map_err(wrong)?).err();
            if violation.is_some() {
                break;
            }
        }
        let (commands, end) = (checker.commands(), checker.now());
        let violation = violation.or_else(|| checker.finish(end).err());
        Ok(Report {
            file: file.to_string(),
            device: device.spec.name.clone(),
            commands,
            ticks: end.0,
            line: violation.as_ref().and_then(Violation::index).map(line_of),
            because_line: violation.as_ref().and_then(Violation::because).map(line_of),
            violation,
        })
    }
}

impl Report {
    fn text(&self) -> String {
        let Some(violation) = &self.violation else {
            return format!("{} commands, {} ticks: no rule broken", self.commands, self.ticks);
        };
        let line = self.line.map_or_else(String::new, |line| format!(":{line}"));
        let because = self.because_line.map_or_else(String::new, |line| format!(" in line {line}"));
        format!("{}{line}: {violation}{because}", self.file)
    }
}

/// Writes the commands of one channel of a product; `path` says whether as gzip.
pub(crate) fn write(
    path: &Path,
    output: Output,
    device: &Device,
    tile: Tile,
    vectors: u32,
) -> Result<(), Box<dyn Error>> {
    let written = product(device, tile, vectors, Packed::new(path, output));
    written
        .and_then(Packed::finish)
        .map_err(|error| format!("{}: cannot be written: {error}", path.display()))?
        .finish()
}

fn product<W: Write>(device: &Device, tile: Tile, vectors: u32, output: W) -> std::io::Result<W> {
    let mut writer = Writer::new(device, BufWriter::new(output));
    watch(device, tile, vectors, &mut writer);
    Ok(writer.finish()?.into_inner()?)
}

/// Shows a sink the commands of one channel of a product. This is the plain path, which issues every single one.
pub(crate) fn watch(device: &Device, tile: Tile, vectors: u32, sink: &mut impl Sink) {
    let mut sequencer = Sequencer::new(device);
    let mut now = Ticks(0);
    for pass in (Job { tile, vectors }).passes(device, 0, None) {
        now = sequencer.run(&pass, now, sink).issued;
    }
}
