//! `sieve trace`: recorded routing summed up, converted, made up.

mod convert;
mod generate;
mod stats;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use sieve_sched::config::load;
use sieve_sched::options::names::named;
use workloads::ModelSpec;
use workloads::trace::{Expected, Format, Target};

use crate::options::Outcome;

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sum up a trace: activated experts, shares by tokens, imbalance per GPU, for several batch sizes.
    Stats(stats::Options),
    /// Read a trace in any format, write it in another.
    Convert(convert::Options),
    /// Write a synthetic trace.
    Generate(generate::Options),
}

/// A trace, and what it does not say itself.
#[derive(Args)]
struct Input {
    /// Trace: .npz, .npy, .csv, .jsonl or .parquet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How to read the file: npz, npy, csv, jsonl, parquet [default: as its first bytes tell]
    #[arg(long, value_name = "TRACE_FORMAT", value_parser = named::<Format>("TRACE_FORMAT"))]
    format: Option<Format>,
    /// Model preset, or path of a .ron file; the trace has to be of its shape
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["experts", "top_k"])]
    model: Option<String>,
    /// Experts of a layer, where the file does not say it
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1 << 16))]
    experts: Option<u32>,
    /// Experts that a token visits, where the file does not say it
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1 << 16))]
    top_k: Option<u32>,
}

pub(crate) fn run(options: &Options) -> Outcome {
    match &options.command {
        Command::Stats(options) => stats::run(options),
        Command::Convert(options) => convert::run(options),
        Command::Generate(options) => generate::run(options),
    }
}

impl Input {
    fn expected(&self) -> Result<Expected, Box<dyn std::error::Error>> {
        let Some(name) = &self.model else {
            let (experts, top_k) = (self.experts, self.top_k);
            return Ok(Expected { experts, top_k, ..Expected::default() });
        };
        Ok(Expected::of(&model(name)?))
    }
}

/// A checked model.
fn model(name: &str) -> Result<ModelSpec, Box<dyn std::error::Error>> {
    let model: ModelSpec = load("model", name, workloads::model::PRESETS)?;
    model.check().map_err(|findings| format!("model `{name}`: {findings}"))?;
    Ok(model)
}

/// What a file to be written holds, by its name.
fn target(path: &Path) -> Result<Target, String> {
    Target::of(path).ok_or_else(|| {
        format!("--out {}: the name has to end in .npz, .csv or .jsonl", path.display())
    })
}
