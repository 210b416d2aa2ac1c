//! What a token costs, by where the energy goes.

use serde::{Deserialize, Serialize};

use super::{FigureError, Made, Replays};
use crate::report::{EnergyRow, Summary, energy_figure};
use crate::run::Results;

/// A panel per model and batch, a bar per method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Energy {
    /// What is replayed.
    pub replay: Replays,
}

impl Energy {
    pub(super) fn make(&self, results: &[Results]) -> Result<Made, FigureError> {
        let summary = Summary::new(results);
        let panels = self.replay.models.iter().zip(&summary.models).flat_map(|(named, model)| {
            self.replay.batches.iter().map(|&batch| {
                let points = model.points.iter().filter(|point| point.batch == batch);
                (format!("{}, {batch} requests", named.title), points.collect())
            })
        });
        let rows: Vec<EnergyRow> = results.iter().flat_map(EnergyRow::of).collect();
        Made::new(energy_figure(panels).svg()?, &rows)
    }
}
