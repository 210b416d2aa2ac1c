//! `sieve sweep pareto`.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use pim_dram::similar::offer;
use serde::Serialize;
use sieve_sched::sweep::{Goal, front};

use super::text;
use crate::options::{Outcome, print, print_json};
use crate::output::Output;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve sweep pareto banks.csv --metrics time_ns:min,energy_pj:min"
)]
pub(super) struct Options {
    /// Table as `sieve sweep merge` writes it, or any CSV table with a header
    #[arg(value_name = "FILE")]
    results: PathBuf,
    /// Columns that are to be small or large, separated by commas
    #[arg(long, value_delimiter = ',', required = true, value_name = "COLUMN:min|max")]
    metrics: Vec<Goal>,
    /// Write these rows to a file, as CSV with all of their columns
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// The rows that no other row is better than in every metric.
#[derive(Serialize)]
struct Report {
    /// Rows of the table that have every metric.
    rows: usize,
    /// Rows of the table that lack a metric.
    without_metrics: usize,
    /// The rows by the names of their columns, in the order of the table; cells are text.
    points: Vec<serde_json::Map<String, serde_json::Value>>,
}

pub(super) fn run(options: &Options) -> Outcome {
    let file = options.results.display();
    let unreadable = |error: csv::Error| format!("{file}: cannot be read: {error}");
    let mut table = csv::Reader::from_path(&options.results).map_err(unreadable)?;
    let header: Vec<String> =
        table.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
    let columns = (options.metrics.iter())
        .map(|goal| {
            header.iter().position(|name| *name == goal.column).ok_or_else(|| {
                let offer = offer(&goal.column, header.iter().map(String::as_str));
                let known = header.join(", ");
                format!("{file}: has no column `{}`{offer}; it has {known}", goal.column)
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let (mut rows, mut numbers, mut without) = (Vec::new(), Vec::new(), 0);
    for record in table.records() {
        let record = record.map_err(unreadable)?;
        match numbers_of(&record, &columns)? {
            Some(found) => {
                numbers.push(found);
                rows.push(record);
            }
            None => without += 1,
        }
    }
    let best: Vec<&csv::StringRecord> =
        front(&numbers, &options.metrics).into_iter().map(|at| &rows[at]).collect();
    if let Some(path) = &options.out {
        let output = Output::apart_from(&[&options.results], path)?;
        let mut written = csv::Writer::from_writer(output);
        written.write_record(&header)?;
        best.iter().try_for_each(|row| written.write_record(*row))?;
        written.into_inner().map_err(|error| error.to_string())?.finish()?;
    }
    if options.json {
        let object = |row: &&csv::StringRecord| {
            header.iter().zip(row.iter()).map(|(name, cell)| (name.clone(), cell.into())).collect()
        };
        let points = best.iter().map(object).collect();
        return print_json(&Report { rows: rows.len(), without_metrics: without, points });
    }
    // Axes stand before `status`.
    let axes = header.iter().position(|name| name == "status").unwrap_or(0);
    let shown: Vec<usize> =
        (0..axes).chain(columns.iter().copied().filter(|&column| column >= axes)).collect();
    let names: Vec<&str> = shown.iter().map(|&at| header[at].as_str()).collect();
    let cells = |row: &&csv::StringRecord| {
        let cell = |&at: &usize| if at < axes { row[at].to_owned() } else { rounded(&row[at]) };
        shown.iter().map(cell).collect()
    };
    print(&format!(
        "{}\n{} of {} rows; {without} more lack a metric",
        text(&names, best.iter().map(cells)),
        best.len(),
        rows.len()
    ))
}

/// A number as a table for people has it.
fn rounded(number: &str) -> String {
    let digits = |x: f64| if x.abs() < 10.0 { 4 } else { 1 };
    number.parse().map_or_else(|_| number.to_owned(), |x| format!("{x:.0$}", digits(x)))
}

/// The metrics of a row; `None` if one of them is empty.
fn numbers_of(
    row: &csv::StringRecord,
    columns: &[usize],
) -> Result<Option<Vec<f64>>, Box<dyn Error>> {
    let cells = columns.iter().map(|&column| row[column].trim());
    if cells.clone().any(str::is_empty) {
        return Ok(None);
    }
    let line = row.position().map_or(0, csv::Position::line);
    let number = |cell: &str| match cell.parse::<f64>() {
        Ok(number) if !number.is_nan() => Ok(number),
        _ => Err(format!("line {line}: `{cell}` is no number").into()),
    };
    cells.map(number).collect::<Result<_, _>>().map(Some)
}
