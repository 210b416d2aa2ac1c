//! Outcomes as JSON.

use serde_json::{Value, json as object};

use crate::claim::Published;
use crate::run::Outcome;

/// `{"claims": [{id, tier, source, published, ours, difference, tolerance, status, verdict}]}`.
///
/// `published` and `ours` are in the claim's unit, a range is `[least, most]`, words are a string; `ours` is null where a part is
/// not modelled. `difference` and `tolerance` are shares of the published figure, `difference` being null against a published 0
/// or words.
#[must_use]
pub fn json(outcomes: &[Outcome<'_>]) -> Value {
    object!({ "claims": outcomes.iter().map(claim).collect::<Vec<_>>() })
}

fn claim(outcome: &Outcome<'_>) -> Value {
    let claim = outcome.claim;
    object!({
        "id": claim.id,
        "tier": claim.tier.name(),
        "source": claim.source,
        "published": match &claim.published {
            Published::Value(value) | Published::AtMost(value) | Published::AtLeast(value) => object!(value),
            Published::Range(least, most) | Published::Spanned(least, most) => object!([least, most]),
            Published::Said(words) => object!(words),
        },
        "ours": outcome.ours.map(|ours| {
            if ours.low == ours.high { object!(ours.low) } else { object!([ours.low, ours.high]) }
        }),
        "difference": outcome.difference,
        "tolerance": claim.tolerance.share(),
        "status": claim.status.name(),
        "verdict": outcome.verdict.name(),
    })
}
