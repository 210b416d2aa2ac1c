//! `sieve calibrate`: laws from measurements.

mod law;
mod report;

use std::collections::BTreeSet;
use std::error::Error;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use gpu_model::GpuSpec;
use gpu_model::calibrate::moe_table::{Library, MoeTable, Shape};
use gpu_model::calibrate::{Known, kernel_table, moe_table};
use pim_dram::similar::Unknown;
use sieve_sched::config::load;

use crate::gzip::open;
use crate::options::{Outcome, print, print_json};
use crate::output::Output;
use report::Report;

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fit laws of a GPU's kernels to tables of measurements and print how near they come.
    Gpu(Gpu),
}

#[derive(Args)]
struct Gpu {
    /// Expert kernels: a table with the columns device, framework, kernel_source, moe_dtype, hidden_size, inter_size, topk,
    /// num_experts, moe_ep_size, distribution, num_tokens, latency_us; gzip if its name ends in .gz
    #[arg(value_name = "FILE")]
    csv: PathBuf,
    /// The other kernels: a table with the columns kernel, m, n, k, batch, context, query_heads, kv_heads, head_dim,
    /// latency_us, as scripts/measure_gpu.py writes it
    #[arg(long, value_name = "FILE")]
    kernels: Option<PathBuf>,
    /// Only libraries whose device, framework or kernel contain each of these words, in any case of letters
    #[arg(long, value_delimiter = ',', value_name = "WORDS")]
    library: Vec<String>,
    /// Only weights of these formats: bf16, fp8, fp8_block, mxfp4, ..., or as the table names them
    #[arg(long, value_delimiter = ',', value_name = "FORMATS", value_parser = format_of)]
    format: Vec<&'static str>,
    /// Only layers of these shapes: HIDDENxINTERMEDIATE, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "SHAPES")]
    shapes: Vec<String>,
    /// Rows that a group rounds up to, instead of the best of 8 to 128
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=4096))]
    tile: Option<u32>,
    /// Write the laws as a file for `replay --gpu-law`
    #[arg(long, value_name = "FILE", requires = "gpu")]
    out: Option<PathBuf>,
    /// Law that gives --out the kinds of kernels that the tables lack; they follow the roofline without it
    #[arg(long, value_name = "GPU_LAW", requires = "out")]
    base: Option<String>,
    /// GPU preset, or path of a .ron file: no law reads faster than its HBM, none of bf16 computes faster than
    /// its peak, and --out is for it
    #[arg(long, value_name = "GPU")]
    gpu: Option<String>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let Command::Gpu(options) = &options.command;
    let inputs: Vec<&Path> = [Some(&options.csv), options.kernels.as_ref()]
        .into_iter()
        .flatten()
        .map(|p| &**p)
        .collect();
    let output =
        options.out.as_deref().map(|path| Output::apart_from(&inputs, path)).transpose()?;
    let gpu = options.gpu()?;
    let known = Known {
        tile: options.tile,
        bytes_per_s: gpu.as_ref().map(|gpu| gpu.hbm_bytes_per_s),
        flops_per_s: gpu.as_ref().map(|gpu| gpu.peak_flops_per_s),
    };
    let kernels = options.kernels.as_deref().map(read_kernels).transpose()?;
    let experts = options.experts()?;
    let report = Report::new(&experts, &kernels.unwrap_or_default(), known)?;
    if let (Some(output), Some(gpu)) = (output, gpu) {
        output.write_text(&law::ron(options, &report, gpu.name)?)?;
    }
    if options.json { print_json(&report) } else { print(&report.text()) }
}

impl Gpu {
    fn gpu(&self) -> Result<Option<GpuSpec>, Box<dyn Error>> {
        let Some(name) = &self.gpu else { return Ok(None) };
        let gpu: GpuSpec = load("GPU", name, gpu_model::PRESETS)?;
        gpu.check()?;
        Ok(Some(gpu))
    }

    /// The table of expert kernels, as far as it was asked for.
    fn experts(&self) -> Result<MoeTable, Box<dyn Error>> {
        let mut table = in_file(&self.csv, MoeTable::read)?;
        let file = self.csv.display();
        if table.samples.is_empty() {
            return Err(format!(
                "{file}: has no `balanced` rows on one GPU (moe_ep_size 1), and {} others",
                table.skipped
            )
            .into());
        }
        let found = libraries(table.samples.keys());
        table.samples.retain(|library, _| self.wants_library(library));
        if table.samples.is_empty() {
            return Err(format!("{file}: --library and --format leave none of\n{found}").into());
        }
        let shapes: BTreeSet<String> =
            table.samples.values().flat_map(|shapes| shapes.keys().map(name)).collect();
        table.samples.retain(|_, shapes| {
            shapes.retain(|shape, _| self.shapes.is_empty() || self.shapes.contains(&name(shape)));
            !shapes.is_empty()
        });
        if table.samples.is_empty() {
            let shapes: Vec<_> = shapes.into_iter().collect();
            return Err(format!("{file}: --shapes leaves none of {}", shapes.join(", ")).into());
        }
        if self.out.is_some() {
            self.one_of_each_format(&table)?;
        }
        Ok(table)
    }

    /// A law has one kernel for each format.
    fn one_of_each_format(&self, table: &MoeTable) -> Outcome {
        for library in table.samples.keys() {
            let alike: Vec<_> =
                table.samples.keys().filter(|other| other.format == library.format).collect();
            if alike.len() > 1 {
                return Err(format!(
                    "--out: choose one library with {} weights by --library:\n{}",
                    library.format,
                    libraries(alike)
                )
                .into());
            }
        }
        Ok(())
    }

    fn wants_library(&self, library: &Library) -> bool {
        let Library { device, framework, kernel_source, format } = library;
        let has = |word: &String| {
            let names = [device, framework, kernel_source];
            names.iter().any(|name| name.to_lowercase().contains(&word.to_lowercase()))
        };
        let formats = &self.format;
        (formats.is_empty() || formats.contains(&format.as_str())) && self.library.iter().all(has)
    }
}

/// As `--shapes` takes it.
fn name(shape: &Shape) -> String {
    format!("{}x{}", shape.hidden, shape.intermediate)
}

/// One a line.
fn libraries<'a>(all: impl IntoIterator<Item = &'a Library>) -> String {
    let line = |library: &Library| {
        let Library { device, framework, kernel_source, format } = library;
        format!("  {device}, {framework}, {format}: {kernel_source}")
    };
    all.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

fn format_of(name: &str) -> Result<&'static str, Unknown> {
    moe_table::format(name).ok_or_else(|| Unknown::new("format", name, moe_table::formats()))
}

fn read_kernels(path: &Path) -> Result<kernel_table::KernelTable, Box<dyn Error>> {
    in_file(path, kernel_table::read)
}

fn in_file<T, E: Error>(
    path: &Path,
    read: impl FnOnce(Box<dyn BufRead + Send>) -> Result<T, E>,
) -> Result<T, Box<dyn Error>> {
    let file = path.display();
    let text = open(path).map_err(|error| format!("{file}: cannot be read: {error}"))?;
    Ok(read(text).map_err(|error| format!("{file}: {error}"))?)
}
