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
    /// Model.
    model: &'a str,
    /// A method, or what is published.
    series: &'a str,
    /// Requests of the batch.
    batch: u32,
    /// Tokens of a request in a second. Unit: tokens/s.
    interactivity_tokens_per_s_per_user: f64,
    /// Tokens of all requests in a second, over the GPUs. Unit: tokens/s.
    throughput_tokens_per_s_per_gpu: f64,
}

impl Throughput {
    pub(super) fn make(&self, results: &[Results]) -> Result<Made, FigureError> {
        self.check()?;
        let summary = Summary::new(results);
        let models = self.replay.models.iter().zip(&summary.models);
        let rows: Vec<Row<'_>> =
            models.flat_map(|(named, model)| self.rows(&named.title, model)).collect();
        let panels = self.replay.models.iter().map(|named| {
            let of_model: Vec<&Row<'_>> = rows.iter().filter(|r| r.model == named.title).collect();
            self.panel(&named.title, &of_model)
        });
        Made::new(Figure { panels: panels.collect(), legend: true }.svg()?, &rows)
    }

    /// Whether all that is published has a point to stand beside.
    fn check(&self) -> Result<(), FigureError> {
        let replay = &self.replay;
        let titles: Vec<&str> = replay.models.iter().map(|model| model.title.as_str()).collect();
        for said in &self.published {
            if !titles.contains(&said.title.as_str()) {
                return Err(FigureError::Field {
                    field: "published.title",
                    found: said.title.clone(),
                    allowed: format!("the figure has {}", titles.join(", ")),
                });
            }
            let missing = said.batches.iter().find(|batch| !replay.batches.contains(batch));
            let method = (!replay.methods.contains(&said.over)).then(|| said.over.to_string());
            if let Some(found) = missing.map(u32::to_string).or(method) {
                let allowed = "batches and methods that are replayed".to_owned();
                return Err(FigureError::Field { field: "published", found, allowed });
            }
        }
        Ok(())
    }

    /// What is simulated, method by method, then what is published.
    fn rows<'a>(&'a self, title: &'a str, model: &ModelSummary) -> Vec<Row<'a>> {
        let row = |series: &'a str, point: &PointSummary, times: f64| Row {
            model: title,
            series,
            batch: point.batch,
            interactivity_tokens_per_s_per_user: times * point.interactivity_tokens_per_s_per_user,
            throughput_tokens_per_s_per_gpu: times * point.throughput_tokens_per_s_per_gpu,
        };
        let mut rows = Vec::new();
        for method in &self.replay.methods {
            let name = method.traits().name;
            let of_method = model.points.iter().filter(|point| point.method == name);
            rows.extend(of_method.map(|point| row(name, point, 1.0)));
        }
        for said in self.published.iter().filter(|said| said.title == title) {
            let (least, most) = said.times;
            let of_method = model.points.iter().filter(|p| p.method == said.over.traits().name);
            for point in of_method.filter(|point| said.batches.contains(&point.batch)) {
                rows.push(row(&self.legend, point, least));
                rows.extend((most > least).then(|| row(&self.legend, point, most)));
            }
        }
        rows
    }

    fn panel(&self, title: &str, rows: &[&Row<'_>]) -> LineChart {
        let of_method = |method: &Method| {
            let traits = method.traits();
            // Batch sizes stand at one line only, or they would crowd the panel.
            let label = |row: &Row<'_>| (*method == Method::Sieve).then(|| row.batch.to_string());
            let of = rows.iter().filter(|row| row.series == traits.name);
            let points = of.map(|row| Point { label: label(row), ..row.point() });
            let style = Style::of_method(traits.name).unwrap_or(Style::nth(0));
            Series { name: traits.title.into(), style, points: points.collect() }
        };
        let mut series: Vec<Series> = self.replay.methods.iter().map(of_method).collect();
        // The ends of a range are joined; those of different batches are not.
        let said = rows.iter().filter(|row| row.series == self.legend);
        let said: Vec<&Row<'_>> = said.copied().collect();
        series.extend(said.chunk_by(|a, b| a.batch == b.batch).map(|ends| Series {
            name: self.legend.clone(),
            style: PUBLISHED.only(Parts::Both),
            points: ends.iter().map(|row| row.point()).collect(),
        }));
        LineChart {
            title: title.to_owned(),
            x: Axis { label: "Interactivity (tokens/s/user)".into(), scale: Scale::Log10 },
            y: Axis { label: "Throughput (tokens/s/GPU)".into(), scale: Scale::Log10 },
            series,
        }
    }
}

impl Row<'_> {
    fn point(&self) -> Point {
        (self.interactivity_tokens_per_s_per_user, self.throughput_tokens_per_s_per_gpu).into()
    }
}
