//! `sieve sweep run`.

use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use sieve_sched::stop::Stop;
use sieve_sched::sweep::{Loaded, Ran, Shard, Store, Table, run as compute};

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

pub(super) fn run(options: &Options) -> Outcome {
    let sweep = Loaded::file(&options.file)?;
    let store = Store::create(&options.out)?;
    store.remember(&sweep.name, &sweep.text)?;
    let pool = pool(options.threads)?;
    let missing = pool.install(|| options.shard.missing(&sweep.plan, &store));
    let bar = ProgressBar::new(missing.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} points, {eta} left")?);
    let computed = pool.install(|| compute(&missing, &store, &Stop::default(), &|| bar.inc(1)));
    bar.finish_and_clear();
    computed?;
    let table = pool.install(|| Table::new(&sweep.plan, &store));
    let ran = Ran::new(&sweep, options.shard, missing.len(), &table);
    if options.json {
        return print_json(&ran);
    }
    print(&format!(
        "{}: {} rows, {} of them left out by filters, {} found impossible\nshard {}: {} points, {} found finished, {} computed\nsieve sweep merge {} --sweep {} --out results.csv makes a table of them",
        ran.sweep,
        ran.rows,
        ran.skipped,
        ran.impossible,
        ran.shard,
        ran.points,
        ran.found,
        ran.computed,
        options.out.display(),
        ran.sweep,
    ))
}
