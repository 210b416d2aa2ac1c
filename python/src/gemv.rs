//! Matrix-vector products.

use pyo3::prelude::*;
use serde_json::json;
use sieve_sched::explore::{Point, Table, possible};
use sieve_sched::options::GemvOptions;

use crate::background;
use crate::columns::Columns;
use crate::options::parse;

/// Columns of the file that `--csv` writes, and what `--json` prints.
#[pyfunction]
pub(crate) fn gemv(py: Python<'_>, arguments: Vec<String>) -> PyResult<(Columns, String)> {
    background::run(py, move |stop| {
        let options: GemvOptions = parse(&arguments)?;
        let points = options.points(&options.grid()?, stop)?;
        possible(&points)?;
        let table = Table::new(&points);
        let columns =
            Columns::of_cells(&table.header, &table.rows, table.axes, |at| table.is_number(at));
        let summary = match points.as_slice() {
            [Point { report: Some(report), .. }] => serde_json::to_string(report)?,
            points => json!({ "points": points }).to_string(),
        };
        Ok((columns, summary))
    })
}
