//! How tokens spread over experts: many experts with few tokens, most tokens at few experts.

use serde::{Deserialize, Serialize};

use super::routed::Named;
use super::{FigureError, Made};
use crate::chart::{BarFigure, BarGroup, BarPanel, OKABE_ITO, Part, StackedBar};

/// A panel per model, a pair of bars per class of token counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distribution {
    /// System preset, or path of a file.
    pub system: String,
    /// Models.
    pub models: Vec<Named>,
    /// Requests of a batch.
    pub batch: u32,
    /// Steps whose layers are counted.
    pub steps: u32,
}

/// A class of token counts of a model.
#[derive(Serialize)]
struct Row<'a> {
    /// Model.
    model: &'a str,
    /// Requests of the batch.
    batch: u32,
    /// Least tokens of the class of experts.
    from_tokens: u32,
    /// Most tokens of the class.
    to_tokens: u32,
    /// Experts of the class, of all that have a token. Unit: %.
    experts_percent: f64,
    /// Tokens of these experts, of all tokens of experts. Unit: %.
    pairs_percent: f64,
}

impl Distribution {
    pub(super) fn make(&self) -> Result<Made, FigureError> {
        let mut rows = Vec::new();
        for named in &self.models {
            let routed = named.route(&self.system, &[self.batch], self.steps)?;
            let counts = routed.tokens_per_expert(0, routed.shared()).concat();
            rows.extend(self.classes(&named.title, &counts));
        }
        let panels = self.models.iter().map(|named| {
            let of_model = rows.iter().filter(|row| row.model == named.title);
            BarPanel { title: named.title.clone(), groups: of_model.map(group).collect() }
        });
        let figure = BarFigure {
            label: "Share (%)".into(),
            groups: "Tokens of an expert".into(),
            alike: true,
            panels: panels.collect(),
        };
        Made::new(figure.svg()?, &rows)
    }

    /// Classes up to each power of two, as far as there are experts.
    fn classes<'a>(&self, model: &'a str, counts: &[u32]) -> Vec<Row<'a>> {
        let active = counts.iter().filter(|&&tokens| tokens > 0).count() as f64;
        let pairs: f64 = counts.iter().map(|&tokens| f64::from(tokens)).sum();
        let powers = self.batch.max(1).next_power_of_two().ilog2();
        let class = |power: u32| {
            let (from, to) = (if power == 0 { 1 } else { (1 << (power - 1)) + 1 }, 1 << power);
            let within = counts.iter().filter(|&&tokens| (from..=to).contains(&tokens));
            let tokens: f64 = within.clone().map(|&tokens| f64::from(tokens)).sum();
            Row {
                model,
                batch: self.batch,
                from_tokens: from,
                to_tokens: to,
                experts_percent: 100.0 * within.count() as f64 / active.max(1.0),
                pairs_percent: 100.0 * tokens / pairs.max(1.0),
            }
        };
        (0..=powers).map(class).collect()
    }
}

fn group(row: &Row<'_>) -> BarGroup {
    let bar = |name: &str, colour, value| StackedBar {
        label: String::new(),
        parts: vec![Part { name: name.into(), colour, value }],
        marks: Vec::new(),
    };
    // The upper end alone: the lower one follows from the class before.
    let label = if row.to_tokens <= 2 {
        row.to_tokens.to_string()
    } else {
        format!("≤{}", row.to_tokens)
    };
    BarGroup {
        label,
        bars: vec![
            bar("of the activated experts", OKABE_ITO[1], row.experts_percent),
            bar("of the (token, expert) pairs", OKABE_ITO[0], row.pairs_percent),
        ],
    }
}
