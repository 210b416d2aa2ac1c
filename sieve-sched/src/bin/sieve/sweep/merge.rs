//! `sieve sweep merge`.

use std::path::PathBuf;

use clap::Args;
use sieve_sched::sweep::{Loaded, Store, Table};

use super::remembered;
use crate::options::{Outcome, print, print_json};
use crate::output::Output;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve sweep merge results/banks --out banks.csv --parquet banks.parquet"
)]
pub(super) struct Options {
    /// Folder of the points
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Which sweep, where the folder holds several
    #[arg(long, value_name = "NAME")]
    sweep: Option<String>,
    /// Write the table to this file, as CSV
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// And to this one, as Parquet
    #[arg(long, value_name = "FILE")]
    parquet: Option<PathBuf>,
    /// Take what is there although points are missing
    #[arg(long)]
    partial: bool,
    /// Print one JSON object, the number of rows by status, and nothing else
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options) -> Outcome {
    let store = Store::open(&options.folder)?;
    let (name, path) = remembered(&store, &options.folder, options.sweep.as_deref())?;
    let plan = Loaded::file(&path.display().to_string())?.plan;
    let table = Table::new(&plan, &store);
    let table = if options.partial { table } else { table.finished()? };
    let output = Output::create(&options.out)?;
    let columns = options.parquet.as_deref().map(Output::create).transpose()?;
    let mut rows = csv::Writer::from_writer(output);
    rows.write_record(&table.header)?;
    for row in &table.rows {
        rows.write_record(row)?;
    }
    let output = rows.into_inner().map_err(|error| error.to_string())?;
    if let Some(mut columns) = columns {
        table.write_parquet(&mut columns)?;
        columns.finish()?;
    }
    output.finish()?;
    if options.json {
        return print_json(&table.counts);
    }
    let counts: Vec<String> =
        Table::STATUSES.iter().map(|status| format!("{} {status}", table.counts[status])).collect();
    print(&format!("{name}: {} rows: {}", table.rows.len(), counts.join(", ")))
}
