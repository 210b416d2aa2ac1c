//! `sieve trace convert`.

use std::path::PathBuf;

use clap::Args;
use workloads::trace::{AsCounts, Select, Sink, Writer, scan};

use super::{Input, target};
use crate::options::Outcome;
use crate::output::keep;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve trace convert routing.csv --model gpt-oss-20b --out routing.npz"
)]
pub(super) struct Options {
    #[command(flatten)]
    input: Input,
    /// File to write; its name ends in .npz (the project's format), .csv or .jsonl
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Keep only steps of that many tokens
    #[arg(long)]
    batch: Option<usize>,
    /// Keep only steps of that recording
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Keep only how many tokens each expert has
    #[arg(long)]
    counts: bool,
}

pub(super) fn run(options: &Options) -> Outcome {
    let Options { input, out, .. } = options;
    keep(&[&input.file], out)?;
    let expected = input.expected()?;
    let mut writer = Writer::create(out, target(out)?)?;
    let mut counts;
    let sink: &mut dyn Sink = if options.counts {
        counts = AsCounts::new(&mut writer);
        &mut counts
    } else {
        &mut writer
    };
    let mut select = Select::new(sink, options.source.clone(), options.batch);
    scan(&input.file, input.format, &expected, &mut select)?;
    select.finish(input.file.display().to_string())?;
    Ok(writer.finish()?)
}
