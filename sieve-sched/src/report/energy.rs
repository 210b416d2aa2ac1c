//! Energy of points as plain records.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::summary::{ModelSummary, PointSummary};
use crate::replay::point::Point;
use crate::run::Results;

/// Energy of one (model, batch, method) over the measured steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnergySummary {
    /// Energy of all GPUs, HBM and links over the measured steps / generated tokens.
    pub mj_per_token: f64,
    /// The same by component and [part](../model/energy.md); adds up to `mj_per_token`.
    pub mj_per_token_by_part: BTreeMap<String, BTreeMap<String, f64>>,
    /// Mean power of a GPU with its HBM and its share of links: energy / time / GPUs.
    pub watts_per_gpu: f64,
}

/// A CSV row: one part of a point's energy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EnergyRow {
    /// Model.
    pub model: String,
    /// Requests over all GPUs.
    pub batch: u32,
    /// Method, by its name on the command line.
    pub method: String,
    /// GPUs of the server.
    pub gpus: u32,
    /// Where: `gpu`, `hbm`, `pim_attention`, `pim_experts` or `links`.
    pub component: String,
    /// What for ([parts](../model/energy.md)).
    pub part: String,
    /// Energy of the part over the measured steps / generated tokens.
    pub mj_per_token: f64,
    /// The part / the energy of the point.
    pub share: f64,
}

impl EnergySummary {
    /// Of a point, if its energy is known.
    pub(super) fn new(point: &Point) -> Option<Self> {
        let energy = point.energy.as_ref()?;
        let tokens = f64::from(point.batch) * f64::from(point.steps);
        let per_token = |fj: u128| fj as f64 / 1e12 / tokens;
        let mut parts: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for part in energy.parts() {
            let of_component = parts.entry(part.component.to_owned()).or_default();
            of_component.insert(part.part.to_owned(), per_token(part.fj));
        }
        Some(Self {
            mj_per_token: per_token(energy.total_fj()),
            mj_per_token_by_part: parts,
            watts_per_gpu: energy.watts(point.time, point.gpus),
        })
    }
}

impl EnergyRow {
    /// The rows of a model's results.
    #[must_use]
    pub fn of(results: &Results) -> Vec<Self> {
        let summary = ModelSummary::new(results);
        summary.points.iter().flat_map(|point| rows(&summary, point)).collect()
    }
}

fn rows(model: &ModelSummary, point: &PointSummary) -> Vec<EnergyRow> {
    let Some(energy) = &point.energy else { return Vec::new() };
    let components = energy.mj_per_token_by_part.iter();
    let parts = components.flat_map(|(component, parts)| {
        parts.iter().map(move |(part, &mj_per_token)| (component, part, mj_per_token))
    });
    let row = |(component, part, mj_per_token): (&String, &String, f64)| EnergyRow {
        model: model.model.clone(),
        batch: point.batch,
        method: point.method.clone(),
        gpus: model.gpus,
        component: component.clone(),
        part: part.clone(),
        mj_per_token,
        share: mj_per_token / energy.mj_per_token,
    };
    parts.map(row).collect()
}
