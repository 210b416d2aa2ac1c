//! Bank exploration: a product on every combination of device parameters.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use pim_dram::DeviceSpec;
use pim_dram::device::Device;
use pim_dram::tally::Category;
use rayon::prelude::*;
use serde::Serialize;
use sieve_sched::config::{Assignment, apply};
use sieve_sched::report::{POWER_COLUMNS, PRODUCT_COLUMNS, ProductReport};

use crate::options::{Outcome, print, print_json};
use crate::output::Output;

/// One combination.
#[derive(Serialize)]
pub(crate) struct Point {
    /// What was set.
    set: BTreeMap<String, String>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) report: Option<ProductReport>,
    /// Why nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    impossible: Option<String>,
}

/// Runs every combination, in parallel; the points come in the order of the grid.
pub(crate) fn run(
    spec: &DeviceSpec,
    grid: &[Vec<Assignment>],
    simulate: impl Fn(&Device) -> Result<ProductReport, Box<dyn Error>> + Sync,
) -> Vec<Point> {
    let report = |set: &[Assignment]| -> Result<ProductReport, Box<dyn Error>> {
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

/// Columns of the results that the printed table has; the file has all.
const SHOWN: [&str; 6] =
    ["cycles", "time_ns", "time_over_roofline", "padding_share", "pj_per_bit", "peak_power_mw"];

/// Prints the points.
pub(crate) fn show(points: &[Point], json: bool) -> Outcome {
    if json {
        return print_json(&serde_json::json!({ "points": points }));
    }
    let (header, rows) = rows(points);
    let axes = points.first().map_or(0, |point| point.set.len());
    let last = header.len() - 1;
    let shown = |&at: &usize| at < axes || at == last || SHOWN.contains(&header[at].as_str());
    let columns: Vec<usize> = (0..header.len()).filter(shown).collect();
    let cells = |row: &Vec<String>| columns.iter().map(|&at| row[at].clone()).collect::<Vec<_>>();
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(cells(&header)).add_rows(rows.iter().map(cells));
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    print(&table.to_string())
}

/// Fails if all points are impossible, with the reason of the first.
pub(crate) fn possible(points: &[Point]) -> Outcome {
    match points.first().and_then(|point| point.impossible.clone()) {
        Some(reason) if points.iter().all(|point| point.report.is_none()) => Err(reason.into()),
        _ => Ok(()),
    }
}

/// Header and cells: what was set, what came of it, units in the names.
fn rows(points: &[Point]) -> (Vec<String>, Vec<Vec<String>>) {
    let axes: BTreeSet<&String> = points.iter().flat_map(|point| point.set.keys()).collect();
    let mut header: Vec<String> = axes.iter().map(|axis| (*axis).clone()).collect();
    let columns = PRODUCT_COLUMNS.iter().chain(&POWER_COLUMNS).map(|(name, _)| *name);
    header.extend(columns.chain(["impossible"]).map(str::to_owned));
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
                    Category::ALONE.map(|category| report.breakdown[category.name()].to_string()),
                );
                cells.push(report.refreshes.to_string());
                cells.push(format!("{:.4}", report.refresh_share));
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

/// Writes a row a point, with everything that is known of it.
pub(crate) fn write(output: Output, points: &[Point]) -> Outcome {
    let (header, rows) = rows(points);
    let mut file = csv::Writer::from_writer(output);
    file.write_record(header)?;
    for row in rows {
        file.write_record(row)?;
    }
    file.into_inner().map_err(|error| error.to_string())?.finish()
}
