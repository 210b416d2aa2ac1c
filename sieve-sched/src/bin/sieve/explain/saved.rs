//! What `sieve replay` left in `summary.json`, as far as explanations need it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use pim_dram::similar::offer;
use serde::{Deserialize, Serialize};
use sieve_sched::method::Method;
use sieve_sched::report::PlacementSummary;

/// Of all models.
#[derive(Deserialize)]
pub(super) struct Results {
    models: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    model: String,
    points: Vec<Point>,
}

/// Of one (batch, method).
#[derive(Serialize, Deserialize)]
pub(super) struct Point {
    pub(super) batch: u32,
    pub(super) method: String,
    pub(super) minibatches: usize,
    pub(super) step_time_us: f64,
    pub(super) throughput_tokens_per_s_per_gpu: f64,
    pub(super) experts_on_pim_share: f64,
    pub(super) busy_us_per_step: BTreeMap<String, f64>,
    pub(super) placement: PlacementSummary,
}

impl Results {
    pub(super) fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let path = folder.join("summary.json");
        let text = fs::read_to_string(&path).map_err(|error| {
            format!(
                "{}: is no results folder: {} cannot be read: {error}",
                folder.display(),
                path.display()
            )
        })?;
        Ok(serde_json::from_str(&text).map_err(|error| {
            format!("{}: {error}; `sieve replay` of this version writes it", path.display())
        })?)
    }

    /// Points with their models; at least one.
    pub(super) fn choose(
        &self,
        model: Option<&str>,
        batch: Option<u32>,
        method: Option<Method>,
    ) -> Result<Vec<(&str, &Point)>, Box<dyn Error>> {
        let name = method.map(|method| method.traits().name);
        let all = || {
            self.models
                .iter()
                .flat_map(|of| of.points.iter().map(move |point| (of.model.as_str(), point)))
        };
        let fits = |&(of, point): &(&str, &Point)| {
            model.is_none_or(|model| model == of)
                && batch.is_none_or(|batch| batch == point.batch)
                && name.is_none_or(|name| name == point.method)
        };
        let chosen: Vec<_> = all().filter(fits).collect();
        if !chosen.is_empty() {
            return Ok(chosen);
        }
        let listed = |texts: &mut dyn Iterator<Item = String>| {
            let mut texts: Vec<String> = texts.fold(Vec::new(), |mut known, text| {
                if !known.contains(&text) {
                    known.push(text);
                }
                known
            });
            if texts.is_empty() {
                texts.push("none".to_owned());
            }
            texts.join(", ")
        };
        let known = self.models.iter().map(|of| of.model.as_str());
        let offer = model.map(|model| offer(model, known)).unwrap_or_default();
        Err(format!(
            "no such point{offer}; the folder has models {}, batches {}, methods {}",
            listed(&mut self.models.iter().map(|of| of.model.clone())),
            listed(&mut all().map(|(_, point)| point.batch.to_string())),
            listed(&mut all().map(|(_, point)| point.method.clone()))
        )
        .into())
    }
}

impl Point {
    /// Share of the step that each unit is busy, most first.
    pub(super) fn shares(&self) -> Vec<(&str, f64)> {
        let mut shares: Vec<(&str, f64)> = (self.busy_us_per_step.iter())
            .map(|(unit, us)| (unit.as_str(), us / self.step_time_us))
            .collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1));
        shares
    }

    /// The busiest unit; or what operations wait for each other, if no unit is busy most of the time.
    pub(super) fn bottleneck(&self) -> &str {
        let shares = self.shares();
        shares.first().filter(|(_, share)| *share > 0.5).map_or("dependencies", |(unit, _)| unit)
    }
}
