//! Bank exploration: a product on every combination of device parameters.

use std::collections::{BTreeMap, BTreeSet};

use pim_dram::DeviceSpec;
use pim_dram::device::Device;
use pim_dram::tally::Category;
use rayon::prelude::*;
use serde::Serialize;

use crate::config::{Assignment, ConfigError, apply};
use crate::report::{POWER_COLUMNS, PRODUCT_COLUMNS, ProductReport};

/// One combination.
#[derive(Clone, Debug, Serialize)]
pub struct Point {
    /// What was set.
    pub set: BTreeMap<String, String>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<ProductReport>,
    /// Why nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impossible: Option<String>,
}

/// Runs every combination, in parallel; the points come in the order of the grid. A combination that cannot be is a point, with
/// the reason.
pub fn run(
    spec: &DeviceSpec,
    grid: &[Vec<Assignment>],
    simulate: impl Fn(&Device) -> Result<ProductReport, ConfigError> + Sync,
) -> Vec<Point> {
    let report = |set: &[Assignment]| -> Result<ProductReport, ConfigError> {
        let device = Device::new(&apply(spec, set)?);
        simulate(&device.map_err(|error| ConfigError::Invalid(error.to_string()))?)
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

/// Whether any point can be.
///
/// # Errors
/// The reason of the first if none can.
pub fn possible(points: &[Point]) -> Result<(), ConfigError> {
    match points.first().and_then(|point| point.impossible.clone()) {
        Some(reason) if points.iter().all(|point| point.report.is_none()) => {
            Err(ConfigError::Invalid(reason))
        }
        _ => Ok(()),
    }
}

/// The points as cells, units in the names of the columns: what was set, what came of it, and why nothing did.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Names of the columns.
    pub header: Vec<String>,
    /// Cells, a row a point; empty where nothing is known.
    pub rows: Vec<Vec<String>>,
    /// How many of the first columns are what was set.
    pub axes: usize,
}

impl Table {
    /// Of points.
    #[must_use]
    pub fn new(points: &[Point]) -> Self {
        let axes: BTreeSet<&String> = points.iter().flat_map(|point| point.set.keys()).collect();
        let mut header: Vec<String> = axes.iter().map(|axis| (*axis).clone()).collect();
        let columns = PRODUCT_COLUMNS.iter().chain(&POWER_COLUMNS).map(|(name, _)| *name);
        header.extend(columns.chain(["impossible"]).map(str::to_owned));
        let numbers = header.len() - axes.len() - 1;
        let row = |point: &Point| {
            let set = axes.iter().map(|axis| point.set.get(*axis).cloned().unwrap_or_default());
            let mut cells: Vec<String> = set.collect();
            match &point.report {
                Some(report) => cells.extend(found(report)),
                None => cells.extend(std::iter::repeat_n(String::new(), numbers)),
            }
            cells.push(point.impossible.clone().unwrap_or_default());
            cells
        };
        Self { rows: points.iter().map(row).collect(), axes: axes.len(), header }
    }

    /// Whether a column holds numbers, wherever a cell is not empty.
    #[must_use]
    pub fn is_number(&self, column: usize) -> bool {
        column >= self.axes && column + 1 < self.header.len()
    }
}

/// The cells of a product.
fn found(report: &ProductReport) -> Vec<String> {
    let mut cells = vec![
        report.cycles.to_string(),
        format!("{:.1}", report.time_ns),
        format!("{:.3}", report.time_over_roofline),
    ];
    cells.extend(Category::ALONE.map(|category| report.breakdown[category.name()].to_string()));
    cells.push(report.refreshes.to_string());
    cells.push(format!("{:.4}", report.refresh_share));
    cells.push(format!("{:.3}", report.layout.padding_share));
    cells.push(report.layout.idle_banks.to_string());
    cells.extend(report.power.cells());
    cells
}
