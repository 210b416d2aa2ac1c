//! Throughput against interactivity, with what was published.

use serde::{Deserialize, Serialize};

use super::activated::PUBLISHED;
use super::{FigureError, Made, Replays};
use crate::chart::{Axis, Figure, LineChart, Parts, Point, Scale, Series, Style};
use crate::method::Method;
use crate::report::{ModelSummary, PointSummary, Summary};
use crate::run::Results;

/// A panel per model, a line per method through the batches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Throughput {
    /// What is replayed.
    pub replay: Replays,
    /// What the paper's text says, as a multiple of a method.
    pub published: Vec<Published>,
    /// What the marks are called.
    pub legend: String,
}

/// Published throughput of Sieve over that of another method at the same batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// Model, by its title.
    pub title: String,
    /// The other method; the marks stand at a multiple of its simulated point.
    #[serde(with = "super::methods::one")]
    pub over: Method,
    /// Requests.
    pub batches: Vec<u32>,
    /// The least and the greatest multiple.
    pub times: (f64, f64),
}

/// A point.
#[derive(Serialize)]
struct Row<'a> {
    model: &'a str,
    batch: u32,
    series: &'a str,
    interactivity_tokens_per_s_per_user: f64,
    throughput_tokens_per_s_per_gpu: f64,
}

impl Throughput {
    pub(super) fn make(&self, results: &[Results]) -> Result<Made, FigureError> {
        let summary = Summary::new(results);
        let titles: Vec<&str> =
            self.replay.models.iter().map(|model| model.title.as_str()).collect();
        self.check(&titles)?;
        let panels: Vec<LineChart> = (titles.iter().zip(&summary.models))
            .map(|(title, model)| self.panel(title, model))
            .collect();
        let rows = panels.iter().flat_map(|panel| {
            let of_series = |series| of(&panel.title, series, &summary);
            panel.series.iter().flat_map(of_series).collect::<Vec<_>>()
        });
        let rows: Vec<Row<'_>> = rows.collect();
        Made::new(Figure { panels: panels.clone(), legend: true }.svg()?, &rows)
    }

    /// Whether all that is published has a point to stand beside.
    fn check(&self, titles: &[&str]) -> Result<(), FigureError> {
        for said in &self.published {
            if !titles.contains(&said.title.as_str()) {
                return Err(FigureError::Field {
                    field: "published.title",
                    found: said.title.clone(),
                    allowed: format!("the figure has {}", titles.join(", ")),
                });
            }
            let replay = &self.replay;
            let replayed = |batch: &&u32| !replay.batches.contains(batch);
            let missing = said.batches.iter().find(replayed).map(u32::to_string);
            let method = (!replay.methods.contains(&said.over)).then(|| said.over.to_string());
            if let Some(found) = missing.or(method) {
                let allowed = "batches and methods that are replayed".to_owned();
                return Err(FigureError::Field { field: "published", found, allowed });
            }
        }
        Ok(())
    }

    fn panel(&self, title: &str, model: &ModelSummary) -> LineChart {
        let lines = self.replay.methods.iter().map(|method| {
            let traits = method.traits();
            let of_method = model.points.iter().filter(|point| point.method == traits.name);
            // Batch sizes stand at one line only, or they would crowd the panel.
            let label = |batch: u32| (*method == Method::Sieve).then(|| batch.to_string());
            let point =
                |point: &PointSummary| Point { label: label(point.batch), ..times(point, 1.0) };
            let style = Style::of_method(traits.name).unwrap_or(Style::nth(0));
            Series { name: traits.title.into(), style, points: of_method.map(point).collect() }
        });
        let mut series: Vec<Series> = lines.collect();
        for said in self.published.iter().filter(|said| said.title == title) {
            let (least, most) = said.times;
            let ends: &[f64] = if least == most { &[least] } else { &[least, most] };
            let style = PUBLISHED.only(Parts::Both);
            for &batch in &said.batches {
                let name = said.over.traits().name;
                let at = model.points.iter().find(|p| (p.batch, p.method) == (batch, name));
                let points = at.map(|at| ends.iter().map(|&end| times(at, end)).collect());
                let points = points.unwrap_or_default();
                series.push(Series { name: self.legend.clone(), style, points });
            }
        }
        LineChart {
            title: title.to_owned(),
            x: Axis { label: "Interactivity (tokens/s/user)".into(), scale: Scale::Log10 },
            y: Axis { label: "Throughput (tokens/s/GPU)".into(), scale: Scale::Log10 },
            series,
        }
    }
}

/// A point whose steps take so many times less.
fn times(point: &PointSummary, times: f64) -> Point {
    let x = point.interactivity_tokens_per_s_per_user * times;
    (x, point.throughput_tokens_per_s_per_gpu * times).into()
}

/// The rows of a series. At one batch throughput is a multiple of interactivity, which tells batches apart.
fn of<'a>(model: &'a str, series: &'a Series, summary: &Summary) -> Vec<Row<'a>> {
    let ratios = summary
        .models
        .iter()
        .flat_map(|model| model.points.iter().map(|point| (point.batch, f64::from(model.gpus))));
    let ratios: Vec<(u32, f64)> = ratios.collect();
    let batch = |point: &Point| {
        let distance =
            |&(batch, gpus): &(u32, f64)| (point.y / point.x * gpus - f64::from(batch)).abs();
        let nearest = ratios.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        nearest.map_or(0, |(batch, _)| *batch)
    };
    let row = |point: &Point| Row {
        model,
        batch: batch(point),
        series: &series.name,
        interactivity_tokens_per_s_per_user: point.x,
        throughput_tokens_per_s_per_gpu: point.y,
    };
    series.points.iter().map(row).collect()
}
