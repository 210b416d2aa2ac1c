//! Sweeps.

use std::path::PathBuf;

use pyo3::prelude::*;
use sieve_sched::sweep::{Loaded, Ran, Shard, Store, Table, run};

use crate::background;
use crate::columns::Columns;
use crate::error::Error;
use crate::options::{Threads, parse};

/// Columns of the merged table, and what `sweep run --json` prints. Without a text the name is that of a preset or a file.
#[pyfunction]
pub(crate) fn sweep(
    py: Python<'_>,
    name: String,
    text: Option<String>,
    out: PathBuf,
    shard: String,
    threads: Vec<String>,
) -> PyResult<(Columns, String)> {
    background::run(py, move |stop| {
        let shard: Shard = shard.parse().map_err(Error::Shard)?;
        let pool = parse::<Threads>(&threads)?.pool()?;
        pool.install(|| {
            let sweep = match text {
                Some(text) => Loaded::text(&name, text)?,
                None => Loaded::file(&name)?,
            };
            let store = Store::create(&out)?;
            store.remember(&sweep.name, &sweep.text)?;
            let missing = shard.missing(&sweep.plan, &store);
            run(&missing, &store, stop, &|| {})?;
            let table = Table::new(&sweep.plan, &store);
            let columns =
                Columns::of_cells(&table.header, &table.rows, table.axes, |at| table.is_number(at));
            let ran = serde_json::to_string(&Ran::new(&sweep, shard, missing.len(), &table))?;
            Ok((columns, ran))
        })
    })
}
