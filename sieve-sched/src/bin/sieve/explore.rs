//! Bank exploration: a product on every combination of device parameters.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;

use comfy_table::{CellAlignment, Table, presets};
use pim_dram::DeviceSpec;
use pim_dram::device::Device;
use pim_dram::tally::Category;
use rayon::prelude::*;
use serde::Serialize;
use sieve_sched::config::{Assignment, apply};

use crate::gemv::Report;
use crate::options::{Outcome, print, print_json};
use crate::power::COLUMNS;

/// One combination.
#[derive(Serialize)]
pub(crate) struct Point {
    /// What was set.
    set: BTreeMap<String, String>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<Report>,
    /// Why nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    impossible: Option<String>,
}

/// Runs every combination, in parallel; the points come in the order of the grid.
pub(crate) fn run(
    spec: &DeviceSpec,
    grid: &[Vec<Assignment>],
    simulate: impl Fn(&Device) -> Result<Report, Box<dyn Error>> + Sync,
) -> Vec<Point> {
    let report = |set: &[Assignment]| -> Result<Report, Box<dyn Error>> {
        simulate(&Device::new(&apply(spec, set)?)?)
    };
    let point = |set: &Vec<Assignment>| {
        let (report, impossible) = match report(set) {
            Ok(report) => (Some(report), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let set = set.iter().map(|a| (a.path.clone(), a.value.clone())).collect();
        Point { set, report, impossible }
    };
    grid.par_iter().map(point).collect()
}

/// Prints the points and writes them to a file. Fails if all of them are impossible, with the reason of the first.
pub(crate) fn show(points: &[Point], csv: Option<&Path>, json: bool) -> Outcome {
    if let Some(Point { impossible: Some(reason), .. }) =
        points.first().filter(|_| points.iter().all(|point| point.report.is_none()))
    {
        return Err(reason.clone().into());
    }
    let (header, rows) = rows(points);
    if let Some(path) = csv {
        write(path, &header, &rows)
            .map_err(|error| format!("{}: cannot be written: {error}", path.display()))?;
    }
    if json {
        return print_json(&serde_json::json!({ "points": points }));
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(header).add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    print(&table.to_string())
}

/// Header and cells: what was set, what came of it, units in the names.
fn rows(points: &[Point]) -> (Vec<String>, Vec<Vec<String>>) {
    let axes: BTreeSet<&String> = points.iter().flat_map(|point| point.set.keys()).collect();
    let mut header: Vec<String> = axes.iter().map(|axis| (*axis).clone()).collect();
    header.extend(["cycles", "time_ns", "time_over_roofline"].map(str::to_owned));
    header.extend(Category::ALL.map(|category| format!("{}_cycles", category.name())));
    header.extend(["refreshes", "padding_share", "idle_banks"].map(str::to_owned));
    header.extend(COLUMNS.iter().chain(&["impossible"]).map(|&name| name.to_owned()));
    let results = header.len() - axes.len() - 1;
    let cells = |point: &Point| {
        let mut cells: Vec<String> =
            axes.iter().map(|axis| point.set.get(*axis).cloned().unwrap_or_default()).collect();
        match &point.report {
            Some(report) => {
                cells.push(report.cycles.to_string());
                cells.push(format!("{:.1}", report.time_ns));
                cells.push(format!("{:.3}", report.time_over_roofline));
                cells.extend(
                    Category::ALL.map(|category| report.breakdown[category.name()].to_string()),
                );
                cells.push(report.refreshes.to_string());
                cells.push(format!("{:.3}", report.layout.padding_share));
                cells.push(report.layout.idle_banks.to_string());
                cells.extend(report.power.cells());
            }
            None => cells.extend(std::iter::repeat_n(String::new(), results)),
        }
        cells.push(point.impossible.clone().unwrap_or_default());
        cells
    };
    let rows = points.iter().map(cells).collect();
    (header, rows)
}

/// Complete or not at all: a temporary file beside the final one, renamed.
fn write(path: &Path, header: &[String], rows: &[Vec<String>]) -> Outcome {
    let folder =
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = csv::Writer::from_writer(tempfile::NamedTempFile::new_in(folder)?);
    file.write_record(header)?;
    for row in rows {
        file.write_record(row)?;
    }
    file.into_inner()?.persist(path)?;
    Ok(())
}
