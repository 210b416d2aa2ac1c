//! Outcomes as JSON.

use serde::Serialize;
use serde_json::{Value, json as object};

use crate::claim::Published;
use crate::run::Outcome;

/// A claim, compared.
#[derive(Serialize)]
struct Entry<'a> {
    /// Its name, unique; dotted so that a prefix selects a group.
    id: &'a str,
    /// How much agreement can be asked for: `identity`, `other_simulator`, `published_ratio`, `band`.
    tier: &'static str,
    /// Paper and the table, figure or section in it; of our own measurements the data.
    source: &'a str,
    /// The published figure in the claim's unit; a range is `[least, most]`, words are a text. Unit: that of the claim.
    published: Value,
    /// Ours, likewise; `null` where a part is not modelled. Unit: that of the claim.
    ours: Value,
    /// (ours - published) / published; `null` against a published 0 or words. Unit: share.
    difference: Option<f64>,
    /// How far ours may be from it, over the published figure. Unit: share.
    tolerance: f64,
    /// What happens when it does not hold: `enforced`, `known_gap`, `band`, `not_modelled`.
    status: &'static str,
    /// What came out: `holds`, `misses`, `gap_as_known`, `gap_closed`, `reported`, `not_modelled`.
    verdict: &'static str,
}

/// All of them, as `claims`.
#[must_use]
pub fn json(outcomes: &[Outcome<'_>]) -> Value {
    object!({ "claims": outcomes.iter().map(Entry::of).collect::<Vec<_>>() })
}

impl<'a> Entry<'a> {
    fn of(outcome: &Outcome<'a>) -> Self {
        let claim = outcome.claim;
        Self {
            id: &claim.id,
            tier: claim.tier.name(),
            source: &claim.source,
            published: match &claim.published {
                Published::Value(value) | Published::AtMost(value) | Published::AtLeast(value) => {
                    object!(value)
                }
                Published::Range(least, most) | Published::Spanned(least, most) => {
                    object!([least, most])
                }
                Published::Said(words) => object!(words),
            },
            ours: outcome.ours.map_or(Value::Null, |ours| {
                if ours.low == ours.high {
                    object!(ours.low)
                } else {
                    object!([ours.low, ours.high])
                }
            }),
            difference: outcome.difference,
            tolerance: claim.tolerance.share(),
            status: claim.status.name(),
            verdict: outcome.verdict.name(),
        }
    }
}
