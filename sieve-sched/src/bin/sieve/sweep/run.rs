//! `sieve sweep run`.

use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use sieve_sched::sweep::{Fate, Shard, Store, run as compute};

use super::{load, name_of};
use crate::options::{Outcome, pool, print, print_json};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve sweep run bank-config --out results/banks\n  sieve sweep run my-sweep.ron --out results/mine --shard 2/8"
)]
pub(super) struct Options {
    /// Sweep: bank-config, banks, replay, or a .ron file
    #[arg(value_name = "SWEEP")]
    file: String,
    /// Folder of the points; those that are there already are not computed again
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Every N-th point alone, from the I-th on
    #[arg(long, value_name = "I/N", default_value_t = Shard::ALL)]
    shard: Shard,
    /// Threads [default: all cores]; results do not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// What a run did.
#[derive(Serialize)]
struct Ran {
    /// Name of the sweep.
    sweep: String,
    /// Points that were asked for, as `i/n`.
    shard: String,
    /// Combinations, those of other shards included.
    rows: usize,
    /// Combinations that a filter leaves out.
    skipped: usize,
    /// Points of this shard.
    points: usize,
    /// Points that were finished before.
    found: usize,
    /// Points that were computed.
    computed: usize,
}

pub(super) fn run(options: &Options) -> Outcome {
    let name = name_of(&options.file);
    let (plan, text) = load(&options.file)?;
    let store = Store::create(&options.out)?;
    store.remember(&name, &text)?;
    let pool = pool(options.threads)?;
    let missing = pool.install(|| options.shard.missing(&plan, &store));
    let bar = ProgressBar::new(missing.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} points, {eta} left")?);
    let ran = pool.install(|| compute(&missing, &store, &|| bar.inc(1)));
    bar.finish_and_clear();
    ran?;
    let points = plan.points.len().saturating_sub(options.shard.index - 1);
    let points = points.div_ceil(options.shard.of);
    let ran = Ran {
        sweep: name,
        shard: options.shard.to_string(),
        rows: plan.rows.len(),
        skipped: plan.rows.iter().filter(|row| matches!(row.fate, Fate::Skipped(_))).count(),
        points,
        found: points - missing.len(),
        computed: missing.len(),
    };
    if options.json {
        return print_json(&ran);
    }
    print(&format!(
        "{}: {} rows, {} of them left out by filters\nshard {}: {} points, {} found finished, {} computed\nsieve sweep merge {} --sweep {} --out results.csv makes a table of them",
        ran.sweep,
        ran.rows,
        ran.skipped,
        ran.shard,
        ran.points,
        ran.found,
        ran.computed,
        options.out.display(),
        ran.sweep,
    ))
}
