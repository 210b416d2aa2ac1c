//! How many experts a batch activates.

use serde::{Deserialize, Serialize};
use workloads::stats::LoadStats;

use super::routed::Named;
use super::{FigureError, Made};
use crate::chart::{Axis, Colour, Dash, Figure, LineChart, Marker, Parts, Scale, Series, Style};

/// A line per model, published values as stars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activated {
    /// System preset, or path of a file.
    pub system: String,
    /// Models.
    pub models: Vec<Named>,
    /// Requests of a batch.
    pub batches: Vec<u32>,
    /// Steps whose layers are counted.
    pub steps: u32,
}

/// A batch of a model.
#[derive(Serialize)]
struct Row<'a> {
    /// Model.
    model: &'a str,
    /// Requests of the batch.
    batch: u32,
    /// Experts with a token, of all; the mean over layers. Unit: %.
    activated_percent: Option<f64>,
    /// The same as published, where it is. Unit: %.
    published_percent: Option<f64>,
}

/// Published values stand out from all lines.
pub(super) const PUBLISHED: Style = Style {
    colour: Colour([0x00; 3]),
    marker: Marker::Star,
    dash: Dash::Solid,
    parts: Parts::Markers,
    emphasis: true,
};

impl Activated {
    pub(super) fn make(&self) -> Result<Made, FigureError> {
        let mut rows: Vec<Row<'_>> = Vec::new();
        for named in &self.models {
            let routed = named.route(&self.system, &self.batches, self.steps)?;
            let experts = f64::from(routed.config.model.experts.count);
            let published = named.published()?;
            let percent = |activated: f64| 100.0 * activated / experts;
            let mut batches: Vec<u32> = self.batches.clone();
            batches.extend(published.iter().filter(|row| row.activated.is_some()).map(|r| r.batch));
            batches.sort_unstable();
            batches.dedup();
            for batch in batches {
                let place = self.batches.iter().position(|&other| other == batch);
                let counts = place.map(|place| routed.tokens_per_expert(place, 0));
                let counts =
                    counts.and_then(|all| LoadStats::mean(all.iter().map(|t| LoadStats::of(t))));
                let said = published.iter().find(|row| row.batch == batch);
                rows.push(Row {
                    model: &named.title,
                    batch,
                    activated_percent: counts.map(|counts| percent(counts.activated)),
                    published_percent: said.and_then(|row| row.activated).map(percent),
                });
            }
        }
        let of_model = |(index, named): (usize, &Named)| {
            let of = rows.iter().filter(|row| row.model == named.title);
            let points =
                of.filter_map(|row| Some((f64::from(row.batch), row.activated_percent?).into()));
            Series { name: named.title.clone(), style: Style::nth(index), points: points.collect() }
        };
        let mut series: Vec<Series> = self.models.iter().enumerate().map(of_model).collect();
        let said = rows
            .iter()
            .filter_map(|row| Some((f64::from(row.batch), row.published_percent?).into()));
        let said = Series { name: "published".into(), style: PUBLISHED, points: said.collect() };
        series.extend((!said.points.is_empty()).then_some(said));
        let panel = LineChart {
            title: String::new(),
            x: Axis { label: "Requests in the batch".into(), scale: Scale::Log2 },
            y: Axis { label: "Activated experts (%)".into(), scale: Scale::Linear },
            series,
        };
        Made::new(Figure { panels: vec![panel], legend: true }.svg()?, &rows)
    }
}
