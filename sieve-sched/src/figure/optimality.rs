//! How far the partitions of layers are from the best ones.

use serde::{Deserialize, Serialize};

use super::routed::Named;
use super::table::read;
use super::{FigureError, Made};
use crate::chart::{Axis, Figure, LineChart, Parts, Scale, Series, Style};

/// The table that ships, which `validate optimality` makes.
const SHIPPED: &str = include_str!("../../../docs/src/data/optimality.csv");

/// A panel per model: the share of layers whose time is at most so much above the best.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimality {
    /// Models.
    pub models: Vec<Named>,
    /// Table of another run of `validate optimality`; the shipped one if empty.
    pub table: String,
}

/// What is read of a layer, in ns.
#[derive(Deserialize)]
struct Layer {
    model: String,
    sieve_ns: f64,
    sieve_plus_ns: f64,
    best_ns: f64,
}

/// A layer of a model.
#[derive(Serialize)]
struct Row<'a> {
    /// Model.
    model: &'a str,
    /// Whose partition.
    series: &'static str,
    /// Share of the layers that are no farther from the best. Unit: %.
    layers_percent: f64,
    /// Simulated time above that of the best partition. Unit: %.
    above_best_percent: f64,
}

/// Steps of a curve, however many layers there are.
const STEPS: usize = 200;

impl Optimality {
    pub(super) fn make(&self) -> Result<Made, FigureError> {
        let layers: Vec<Layer> = read(&self.table, "docs/src/data/optimality.csv", SHIPPED)?;
        let mut rows = Vec::new();
        for named in &self.models {
            let of_model: Vec<&Layer> = layers.iter().filter(|l| l.model == named.model).collect();
            if of_model.is_empty() {
                return Err(FigureError::Field {
                    field: "models",
                    found: named.model.clone(),
                    allowed: "the table has no row of it".into(),
                });
            }
            let sieve = |layer: &Layer| layer.sieve_ns / layer.best_ns;
            let plus = |layer: &Layer| layer.sieve_plus_ns / layer.best_ns;
            rows.extend(curve(&named.title, "sieve", of_model.iter().map(|l| sieve(l))));
            rows.extend(curve(&named.title, "sieve+", of_model.iter().map(|l| plus(l))));
        }
        let panel = |named: &Named| {
            let line = |(series, name): (&str, &str)| {
                let of = rows.iter().filter(|r| (r.model, r.series) == (&named.title, series));
                let style = Style::of_method(series).unwrap_or(Style::nth(0)).only(Parts::Line);
                let points = of.map(|row| (row.above_best_percent, row.layers_percent).into());
                Series { name: name.into(), style, points: points.collect() }
            };
            LineChart {
                title: named.title.clone(),
                x: Axis { label: "Time above the best partition (%)".into(), scale: Scale::Linear },
                y: Axis { label: "Layers (%)".into(), scale: Scale::Linear },
                series: [("sieve", "Sieve"), ("sieve+", "Sieve+")].map(line).to_vec(),
            }
        };
        let panels = self.models.iter().map(panel).collect();
        Made::new(Figure { panels, legend: true }.svg()?, &rows)
    }
}

/// The curve of some ratios, at even shares of the layers.
fn curve<'a>(
    model: &'a str,
    series: &'static str,
    ratios: impl Iterator<Item = f64>,
) -> Vec<Row<'a>> {
    let mut sorted: Vec<f64> = ratios.collect();
    sorted.sort_by(f64::total_cmp);
    let steps = STEPS.min(sorted.len());
    let at = |step: usize| {
        let place = (step * sorted.len() / steps).saturating_sub(1);
        Row {
            model,
            series,
            layers_percent: 100.0 * (place + 1) as f64 / sorted.len() as f64,
            above_best_percent: 100.0 * (sorted[place] - 1.0),
        }
    };
    (1..=steps).map(at).collect()
}
