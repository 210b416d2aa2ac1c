//! The points of a sweep, and those that no other one beats.

use serde::{Deserialize, Serialize};

use super::{FigureError, Made};
use crate::chart::{
    self, Axis, Dash, Figure, LineChart, Marker, OKABE_ITO, Parts, Scale, Series, Style,
};
use crate::stop::Stop;
use crate::sweep::{Goal, Plan, Store, Sweep, Table, front, run};

/// A panel per value of one axis of the sweep, a colour per value of another, a line through the points that none of the panel
/// beats in both metrics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pareto {
    /// Shipped sweep, or path of a file.
    pub sweep: String,
    /// What is drawn to the right.
    pub x: Metric,
    /// What is drawn upwards.
    pub y: Metric,
    /// Path of the axis that has a panel for each of its values.
    pub panels: String,
    /// Path of the axis that has a colour for each of its values.
    pub colours: String,
    /// Path of the axis whose values stand beside the points of the line.
    pub labels: String,
}

/// A column of numbers of the sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// The column and which end is better, as `COLUMN:min` or `COLUMN:max`.
    pub goal: String,
    /// Text at the axis: quantity and unit.
    pub label: String,
}

/// The line through the best points.
const FRONT: Style = Style {
    colour: OKABE_ITO[6],
    marker: Marker::Circle,
    dash: Dash::Solid,
    parts: Parts::Line,
    emphasis: false,
};

/// A row of the sweep that has both metrics.
struct Point<'t> {
    cells: &'t [String],
    at: [f64; 2],
    best: bool,
}

impl Pareto {
    /// Points that are computed.
    pub(super) fn points(&self) -> usize {
        self.plan().map_or(0, |plan| plan.points.len())
    }

    /// Computes the sweep, keeping nothing of it, and draws it.
    pub(super) fn make(&self, done: &(dyn Fn() + Sync)) -> Result<Made, FigureError> {
        let plan = self.plan()?;
        let folder = tempfile::Builder::new().prefix(".sieve-").tempdir()?;
        let store = Store::create(folder.path())?;
        run(&plan.points.iter().collect::<Vec<_>>(), &store, &Stop::default(), done)?;
        self.drawn(&Table::new(&plan, &store).finished()?)
    }

    fn plan(&self) -> Result<Plan, FigureError> {
        Ok(Plan::new(&Sweep::load(&self.sweep)?.0)?)
    }

    fn drawn(&self, table: &Table) -> Result<Made, FigureError> {
        let goals = [("x.goal", &self.x), ("y.goal", &self.y)].map(|(field, metric)| {
            let goal = metric.goal.parse::<Goal>();
            goal.map_err(|allowed| FigureError::Field {
                field,
                found: metric.goal.clone(),
                allowed,
            })
        });
        let [x, y] = goals;
        let goals = [x?, y?];
        let panels = column(table, "panels", &self.panels)?;
        let colours = column(table, "colours", &self.colours)?;
        let labels = column(table, "labels", &self.labels)?;
        let metrics = [
            column(table, "x.goal", &goals[0].column)?,
            column(table, "y.goal", &goals[1].column)?,
        ];
        let point = |cells: &'_ Vec<String>| {
            let number = |column: usize| cells[column].parse::<f64>().ok();
            Some([number(metrics[0])?, number(metrics[1])?])
        };
        let mut points: Vec<Point<'_>> = (table.rows.iter())
            .filter_map(|cells| Some(Point { cells, at: point(cells)?, best: false }))
            .collect();
        let names = distinct(&points, colours);
        let charts = distinct(&points, panels).into_iter().map(|panel| {
            let here: Vec<usize> =
                (0..points.len()).filter(|&at| points[at].cells[panels] == panel).collect();
            let numbers: Vec<Vec<f64>> = here.iter().map(|&at| points[at].at.to_vec()).collect();
            let mut best: Vec<usize> =
                front(&numbers, &goals).into_iter().map(|at| here[at]).collect();
            best.iter().for_each(|&at| points[at].best = true);
            best.sort_by(|&a, &b| points[a].at[0].total_cmp(&points[b].at[0]));
            // Equal points are one on the page.
            best.dedup_by_key(|at| points[*at].at);
            let coloured = names.iter().enumerate().filter_map(|(nth, name)| {
                let its = here.iter().filter(|&&at| points[at].cells[colours] == *name);
                let its: Vec<_> = its.map(|&at| spot(&points[at])).collect();
                let style = Style::nth(nth).only(Parts::Markers);
                (!its.is_empty()).then(|| Series { name: name.clone(), style, points: its })
            });
            let mut series: Vec<Series> = coloured.collect();
            let line = best.iter().map(|&at| {
                let label = Some(points[at].cells[labels].clone());
                chart::Point { label, ..spot(&points[at]) }
            });
            let line = line.collect();
            series.push(Series {
                name: "no other point is better".into(),
                style: FRONT,
                points: line,
            });
            LineChart {
                title: panel,
                x: Axis { label: self.x.label.clone(), scale: Scale::Log10 },
                y: Axis { label: self.y.label.clone(), scale: Scale::Log10 },
                series,
            }
        });
        let charts = charts.collect();
        let svg = Figure { panels: charts, legend: true }.svg()?;
        Ok(Made { svg, csv: csv(table, &points)? })
    }
}

/// Place of a column of the sweep's table.
fn column(table: &Table, field: &'static str, name: &str) -> Result<usize, FigureError> {
    table.header.iter().position(|column| column == name).ok_or_else(|| FigureError::Field {
        field,
        found: name.to_owned(),
        allowed: format!("the sweep has {}", table.header.join(", ")),
    })
}

/// The values of a column, in the order in which they turn up.
fn distinct(points: &[Point<'_>], column: usize) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for point in points {
        if !values.contains(&point.cells[column]) {
            values.push(point.cells[column].clone());
        }
    }
    values
}

fn spot(point: &Point<'_>) -> chart::Point {
    (point.at[0], point.at[1]).into()
}

/// The rows that are drawn, with all columns of the sweep and whether the line goes through them.
fn csv(table: &Table, points: &[Point<'_>]) -> Result<String, FigureError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(table.header.iter().map(String::as_str).chain(["best"]))?;
    for point in points {
        let best = if point.best { "true" } else { "false" };
        writer.write_record(point.cells.iter().map(String::as_str).chain([best]))?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
