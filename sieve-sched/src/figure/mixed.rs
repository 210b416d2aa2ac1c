//! Prompts beside decode: each method against NoExp.

use serde::{Deserialize, Serialize};

use super::activated::PUBLISHED;
use super::{FigureError, Made, Replays};
use crate::chart::{BarFigure, BarGroup, BarPanel, Mark, Part, StackedBar, Style};
use crate::method::Method;
use crate::replay::point::Point;
use crate::run::Results;
use crate::time::micros;

/// A panel per model, a group per batch, a bar per method, published values as stars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mixed {
    /// What is replayed.
    pub replay: Replays,
    /// The method that the others are held against.
    #[serde(with = "super::methods::one")]
    pub over: Method,
    /// Published ratios of Sieve: requests and times.
    pub published: Vec<(u32, f64)>,
}

/// A bar.
#[derive(Serialize)]
struct Row<'a> {
    /// Model.
    model: &'a str,
    /// Decode requests beside the prompts.
    batch: u32,
    /// Method.
    method: &'a str,
    /// Time of a step.
    step_us: f64,
    /// Time of a step under the method that is compared with, over this one.
    times_as_fast: f64,
    /// The same as published, where it is.
    published: Option<f64>,
}

impl Mixed {
    pub(super) fn make(&self, results: &[Results]) -> Result<Made, FigureError> {
        let mut rows = Vec::new();
        for (named, results) in self.replay.models.iter().zip(results) {
            for &batch in &self.replay.batches {
                let of_batch = || results.points.iter().filter(|point| point.batch == batch);
                let Some(base) = of_batch().find(|point| point.method == self.over) else {
                    return Err(FigureError::Field {
                        field: "over",
                        found: self.over.to_string(),
                        allowed: "one of the methods that are replayed".into(),
                    });
                };
                let said = self.published.iter().find(|(of, _)| *of == batch);
                rows.extend(of_batch().filter(|p| p.method != self.over).map(|point| Row {
                    model: &named.title,
                    batch,
                    method: point.method.traits().name,
                    step_us: step_us(point),
                    times_as_fast: step_us(base) / step_us(point),
                    published: said.filter(|_| point.method == Method::Sieve).map(|s| s.1),
                }));
            }
        }
        let panels = self.replay.models.iter().map(|named| {
            let group = |&batch: &u32| {
                let of = rows.iter().filter(|row| (row.model, row.batch) == (&named.title, batch));
                BarGroup { label: batch.to_string(), bars: of.map(bar).collect() }
            };
            let groups = self.replay.batches.iter().map(group).collect();
            BarPanel { title: named.title.clone(), groups }
        });
        let figure = BarFigure {
            label: format!("Throughput over {}", self.over.traits().title),
            groups: "Requests that decode".into(),
            alike: true,
            panels: panels.collect(),
        };
        Made::new(figure.svg()?, &rows)
    }
}

fn step_us(point: &Point) -> f64 {
    micros(point.time) / f64::from(point.steps)
}

fn bar(row: &Row<'_>) -> StackedBar {
    let method = row.method.parse::<Method>();
    let name = method.map_or(row.method, |method| method.traits().title).to_owned();
    let colour = Style::of_method(row.method).unwrap_or(Style::nth(0)).colour;
    let mark = |value| Mark { name: "Sieve as published".into(), style: PUBLISHED, value };
    StackedBar {
        label: String::new(),
        parts: vec![Part { name, colour, value: row.times_as_fast }],
        marks: row.published.map(mark).into_iter().collect(),
    }
}
