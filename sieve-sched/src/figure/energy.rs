//! What a token costs, by where the energy goes.

use serde::{Deserialize, Serialize};

use super::{FigureError, Made, Replays};
use crate::chart::{BarFigure, BarGroup, BarPanel, Colour, OKABE_ITO, Part, StackedBar};
use crate::report::{EnergyRow, EnergySummary, PointSummary, Summary};
use crate::run::Results;

/// A panel per model and batch, a bar per method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Energy {
    /// What is replayed.
    pub replay: Replays,
}

/// Components of the account, in the order in which they are stacked.
const COMPONENTS: [(&str, &str, Colour); 5] = [
    ("gpu", "GPU", OKABE_ITO[0]),
    ("hbm", "HBM", OKABE_ITO[4]),
    ("pim_attention", "PIM, attention", OKABE_ITO[1]),
    ("pim_experts", "PIM, experts", OKABE_ITO[5]),
    ("links", "links", OKABE_ITO[3]),
];

impl Energy {
    pub(super) fn make(&self, results: &[Results]) -> Result<Made, FigureError> {
        let summary = Summary::new(results);
        let panels = self.replay.models.iter().zip(&summary.models).flat_map(|(named, model)| {
            self.replay.batches.iter().map(|&batch| {
                let of_batch = model.points.iter().filter(move |point| point.batch == batch);
                BarPanel {
                    title: format!("{}, {batch} requests", named.title),
                    groups: of_batch.map(bar).collect(),
                }
            })
        });
        let figure = BarFigure {
            label: "Energy (mJ/token)".into(),
            groups: String::new(),
            alike: false,
            panels: panels.collect(),
        };
        let rows: Vec<EnergyRow> = results.iter().flat_map(EnergyRow::of).collect();
        Made::new(figure.svg()?, &rows)
    }
}

/// A group of one bar, so that its text stands below it.
fn bar(point: &PointSummary) -> BarGroup {
    let of = |energy: &EnergySummary| {
        let parts = COMPONENTS.iter().map(|&(component, name, colour)| {
            let all = energy.mj_per_token_by_part.get(component);
            let value = all.map_or(0.0, |parts| parts.values().sum());
            Part { name: name.into(), colour, value }
        });
        parts.filter(|part| part.value > 0.0).collect()
    };
    let parts = point.energy.as_ref().map_or_else(Vec::new, of);
    let method = point.method.parse::<crate::method::Method>();
    let label = method.map_or(point.method, |method| method.traits().title).to_owned();
    BarGroup { label: String::new(), bars: vec![StackedBar { label, parts, marks: Vec::new() }] }
}
