//! Shares of experts by their token counts.

use serde::{Deserialize, Serialize};
use workloads::stats::LoadStats;

use super::activated::PUBLISHED;
use super::routed::Named;
use super::{FigureError, Made};
use crate::chart::{BarFigure, BarGroup, BarPanel, Colour, Mark, OKABE_ITO, Part, StackedBar};

/// A panel per model, a bar per batch, published values as stars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Classes {
    /// System preset, or path of a file.
    pub system: String,
    /// Models. Their shared experts count, as they do in the paper.
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
    /// Experts with one token, of all that have one. Unit: %.
    one_percent: f64,
    /// Experts with two tokens. Unit: %.
    two_percent: f64,
    /// Experts with three or four tokens. Unit: %.
    three_or_four_percent: f64,
    /// Experts with more tokens. Unit: %.
    above_four_percent: f64,
    /// `one_percent` as published, where it is. Unit: %.
    published_one_percent: Option<f64>,
    /// Experts with one to four tokens as published, where it is. Unit: %.
    published_up_to_four_percent: Option<f64>,
}

/// Few tokens are warm, many are cold.
const CLASSES: [(&str, Colour); 4] = [
    ("1 token", OKABE_ITO[5]),
    ("2 tokens", OKABE_ITO[1]),
    ("3 or 4 tokens", OKABE_ITO[4]),
    ("more than 4 tokens", OKABE_ITO[0]),
];

impl Classes {
    pub(super) fn make(&self) -> Result<Made, FigureError> {
        let mut rows = Vec::new();
        for named in &self.models {
            let routed = named.route(&self.system, &self.batches, self.steps)?;
            let published = named.published()?;
            for (place, &batch) in self.batches.iter().enumerate() {
                let counts = routed.tokens_per_expert(place, routed.shared());
                let counts = LoadStats::mean(counts.iter().map(|tokens| LoadStats::of(tokens)));
                let counts = counts.unwrap_or_default();
                let said = published.iter().find(|row| row.batch == batch);
                let percent = |share: f64| 100.0 * share;
                rows.push(Row {
                    model: &named.title,
                    batch,
                    one_percent: percent(counts.one_token),
                    two_percent: percent(counts.two_tokens),
                    three_or_four_percent: percent(counts.three_or_four()),
                    above_four_percent: percent(counts.above_four()),
                    published_one_percent: said.and_then(|row| row.one_token).map(percent),
                    published_up_to_four_percent: said.and_then(|row| row.up_to_four).map(percent),
                });
            }
        }
        let panel = |named: &Named| {
            let of_model = rows.iter().filter(|row| row.model == named.title);
            BarPanel { title: named.title.clone(), groups: of_model.map(Row::group).collect() }
        };
        let figure = BarFigure {
            label: "Activated experts (%)".into(),
            groups: "Requests in the batch".into(),
            alike: true,
            panels: self.models.iter().map(panel).collect(),
        };
        Made::new(figure.svg()?, &rows)
    }
}

impl Row<'_> {
    fn group(&self) -> BarGroup {
        let values = [
            self.one_percent,
            self.two_percent,
            self.three_or_four_percent,
            self.above_four_percent,
        ];
        let parts = CLASSES.iter().zip(values);
        let parts = parts.map(|(&(name, colour), value)| Part { name: name.into(), colour, value });
        let said = [self.published_one_percent, self.published_up_to_four_percent];
        let marks = said.into_iter().flatten().map(|value| Mark {
            name: "published, up to 1 and up to 4 tokens".into(),
            style: PUBLISHED,
            value,
        });
        let bar =
            StackedBar { label: String::new(), parts: parts.collect(), marks: marks.collect() };
        BarGroup { label: self.batch.to_string(), bars: vec![bar] }
    }
}
