//! What becomes of each figure of a claim.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::claim::{Claim, Row};
use super::measured::Measured;
use super::quantity::Found;
use super::setting::Setting;
use super::target::{Span, Target};
use super::view::{Under, View};

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Its target is met.
    Holds,
    /// It is not.
    Misses,
    /// It has none.
    Reported,
    /// Something that it takes was not replayed.
    NotMeasured,
}

/// One figure of a claim and what was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The claim, R1 to R9.
    pub claim: String,
    /// The figure that is asked for.
    pub row: Row,
    /// Ours, as it is judged.
    pub ours: Option<Span>,
    /// With placement at its cost.
    pub charged: Option<Span>,
    /// With one mini-batch.
    pub one_minibatch: Option<Span>,
    /// With mini-batches as decided or one, whichever is better, for each method.
    pub better: Option<Span>,
    /// How far ours is from its target, as a share of that; 0 if it holds.
    pub difference: Option<f64>,
    /// What that says.
    pub outcome: Outcome,
    /// What a reader should know.
    pub details: Vec<String>,
}

/// Compares every claim with what was measured, in their order.
#[must_use]
pub fn evaluate(claims: &[Claim], measured: &Measured) -> Vec<Verdict> {
    let of = |claim: &Claim| {
        let verdicts = claim.rows.iter().map(|row| Verdict::new(&claim.id, row, measured));
        verdicts.collect::<Vec<_>>()
    };
    claims.iter().flat_map(of).collect()
}

impl Row {
    /// The figure that was measured, as it is judged; `None` if it was not.
    #[must_use]
    pub fn ours(&self, measured: &Measured) -> Option<Span> {
        let model = measured.models.iter().find(|model| model.model == self.model)?;
        let view = View { model, under: Under::One(Setting::Judged) };
        Some(self.quantity.find(&view)?.span)
    }
}

impl Verdict {
    fn new(claim: &str, row: &Row, measured: &Measured) -> Self {
        let model = measured.models.iter().find(|model| model.model == row.model);
        let find = |under| row.quantity.find(&View { model: model?, under });
        let beside = |under| {
            let hangs = row.quantity.hangs_on_setting();
            hangs.then(|| find(under)).flatten().map(|found| found.span)
        };
        let found = find(Under::One(Setting::Judged));
        let difference =
            row.target.zip(found.as_ref()).map(|(target, found)| target.difference(found.span));
        let outcome = match (&found, difference) {
            (None, _) => Outcome::NotMeasured,
            (Some(_), None) => Outcome::Reported,
            (Some(_), Some(0.0)) => Outcome::Holds,
            (Some(_), Some(_)) => Outcome::Misses,
        };
        let (ours, details) = match found {
            Some(Found { span, details }) => (Some(span), details),
            None => (None, vec![]),
        };
        Self {
            claim: claim.to_owned(),
            row: row.clone(),
            ours,
            charged: beside(Under::One(Setting::Charged)),
            one_minibatch: beside(Under::One(Setting::OneMinibatch)),
            better: beside(Under::Better),
            difference,
            outcome,
            details,
        }
    }

    /// Whether it holds in that two variants lie on either side of what was published, or on it.
    pub(super) fn only_spans(&self) -> bool {
        self.outcome == Outcome::Holds && matches!(self.row.target, Some(Target::Spanned(..)))
    }

    /// A figure of it as text; empty if there is none.
    #[must_use]
    pub fn show(&self, span: Option<Span>) -> String {
        span.map_or(String::new(), |span| self.row.quantity.show(span))
    }

    /// Its cells in tables: target, the figures under each setting, difference, verdict.
    #[must_use]
    pub fn cells(&self) -> [String; 7] {
        let target = |target: Target| target.text(|span| self.row.quantity.show(span));
        [
            self.row.target.map_or(String::new(), target),
            self.show(self.ours),
            self.show(self.charged),
            self.show(self.one_minibatch),
            self.show(self.better),
            self.difference.map_or(String::new(), difference),
            self.outcome.to_string(),
        ]
    }
}

fn difference(share: f64) -> String {
    if share == 0.0 { "0 %".to_owned() } else { format!("{:+.1} %", 100.0 * share) }
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Holds, Self::Misses, Self::Reported, Self::NotMeasured];
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holds => "holds",
            Self::Misses => "misses",
            Self::Reported => "reported",
            Self::NotMeasured => "not measured",
        })
    }
}
