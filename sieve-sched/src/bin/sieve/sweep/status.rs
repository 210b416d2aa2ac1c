//! `sieve sweep status`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use sieve_sched::sweep::{Loaded, Store, Table};

use super::{slurm, text};
use crate::options::{Outcome, print, print_json};

#[derive(Args)]
pub(super) struct Options {
    /// Folder of the points
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// Of one sweep.
#[derive(Serialize)]
struct Status {
    /// Name of the sweep.
    sweep: String,
    /// Combinations.
    rows: usize,
    /// Combinations by status: `done`, `impossible`, `skipped` or `missing`.
    #[serde(flatten)]
    counts: BTreeMap<&'static str, usize>,
    /// Tasks by what Slurm says of them, if any were submitted.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tasks: BTreeMap<String, usize>,
}

pub(super) fn run(options: &Options) -> Outcome {
    let store = Store::open(&options.folder)?;
    let mut all = Vec::new();
    for (sweep, path) in store.sweeps()? {
        let plan = Loaded::file(&path.display().to_string())?.plan;
        let table = Table::new(&plan, &store);
        let tasks = slurm::Jobs::read(&options.folder, &sweep)?.states();
        all.push(Status { sweep, rows: table.rows.len(), counts: table.counts, tasks });
    }
    if options.json {
        return print_json(&serde_json::json!({ "sweeps": all }));
    }
    let header = [&["sweep", "rows"], Table::STATUSES.as_slice(), &["tasks"]].concat();
    let row = |status: &Status| {
        let mut cells = vec![status.sweep.clone(), status.rows.to_string()];
        cells.extend(Table::STATUSES.iter().map(|name| status.counts[name].to_string()));
        let tasks = status.tasks.iter().map(|(state, n)| format!("{n} {state}"));
        cells.push(tasks.collect::<Vec<_>>().join(", "));
        cells
    };
    print(&text(&header, all.iter().map(row)))
}
