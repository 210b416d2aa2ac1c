//! Replays.

use pyo3::prelude::*;
use sieve_sched::method::Method;
use sieve_sched::options::ReplayOptions;
use sieve_sched::report::{EnergyRow, LayerGroupRow, Summary};
use sieve_sched::run::{Job, Results, Session};

use crate::background;
use crate::columns::Columns;
use crate::error::Error;
use crate::options::{Threads, parse};

/// Columns of `layers.csv` and of `energy.csv`, and `summary.json`.
#[pyfunction]
#[pyo3(signature = (arguments, threads))]
pub(crate) fn replay(
    py: Python<'_>,
    arguments: Vec<String>,
    threads: Vec<String>,
) -> PyResult<(Columns, Columns, String)> {
    background::run(py, move |stop| {
        let configs = parse::<ReplayOptions>(&arguments)?.configs()?;
        let pool = parse::<Threads>(&threads)?.pool()?;
        let results = pool.install(|| {
            let replay = |config| {
                let session = Session::new(config)?.until(stop.clone());
                let points = session.points(&Job::all(config), &Method::policy, &|| {})?;
                session.results(config, points)
            };
            configs.iter().map(replay).collect::<Result<Vec<Results>, _>>()
        })?;
        Ok((
            Columns::of_records(results.iter().flat_map(LayerGroupRow::of))?,
            Columns::of_records(results.iter().flat_map(EnergyRow::of))?,
            serde_json::to_string(&Summary::new(&results))?,
        ))
    })
}

/// The configurations that a replay would run, as JSON.
#[pyfunction]
pub(crate) fn resolve_config(arguments: Vec<String>) -> Result<String, Error> {
    Ok(serde_json::to_string(&parse::<ReplayOptions>(&arguments)?.configs()?)?)
}
