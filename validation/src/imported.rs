//! The paper's claims on Sieve, which `sieve-sched` judges (`sieve-sched/presets/claims.ron`), as claims of this crate.

use sieve_sched::claims::{self, Quantity, Row, Target};
use sieve_sched::config::ConfigError;

use crate::claim::{Claim, Published, Status, Tier, Tolerance, Trust, Unit};
use crate::measure::{Measure, Paper};

/// Every figure of every claim of which the paper says something, in their order.
///
/// # Errors
/// A file that does not parse.
pub fn imported() -> Result<Vec<Claim>, ConfigError> {
    let of = |claim: claims::Claim| {
        let said = claim.rows.iter().filter(|row| !row.published.is_empty());
        said.map(|row| import(&claim, row)).collect::<Vec<_>>()
    };
    Ok(claims::Claim::shipped()?.into_iter().flat_map(of).collect())
}

/// What has a target is judged, as a known gap if a cause for a miss is given; the rest is reported.
fn import(claim: &claims::Claim, row: &Row) -> Claim {
    let unit = unit(&row.quantity);
    let status = match (&row.target, &row.cause) {
        (None, _) => Status::Band,
        (Some(_), None) => Status::Enforced,
        (Some(_), Some(cause)) => Status::KnownGap(cause.clone()),
    };
    Claim {
        id: format!("sieve.{}.{}.{}", claim.id.to_lowercase(), row.model, slug(&row.quantity)),
        statement: format!("{}: {}, {}", claim.statement, row.model, row.quantity.text()),
        source: claim.source.clone(),
        trust: Trust::Primary,
        tier: if row.target.is_some() { Tier::PublishedRatio } else { Tier::Band },
        status,
        measure: Some(Measure::Paper(Paper { row: row.clone() })),
        unit,
        published: published(row, unit),
        tolerance: Tolerance::Exact,
    }
}

fn published(row: &Row, unit: Unit) -> Published {
    let scaled = |end: f64| end / unit.scale();
    match row.target {
        Some(Target::Spanned(low, high)) => Published::Spanned(scaled(low), scaled(high)),
        Some(Target::Within(low, high)) => Published::Range(scaled(low), scaled(high)),
        Some(Target::AtMost(end)) => Published::AtMost(scaled(end)),
        Some(Target::AtLeast(end)) => Published::AtLeast(scaled(end)),
        None => Published::Said(row.published.clone()),
    }
}

fn unit(quantity: &Quantity) -> Unit {
    match quantity {
        Quantity::Spread { .. }
        | Quantity::Growth { .. }
        | Quantity::Variation { .. }
        | Quantity::TableError { .. } => Unit::Percent,
        Quantity::Winners | Quantity::BreakEven => Unit::Count,
        Quantity::Gain(_)
        | Quantity::GainAtEqualThroughput
        | Quantity::Fall { .. }
        | Quantity::Rival(_)
        | Quantity::Mixed { .. }
        | Quantity::OverRoofline => Unit::Ratio,
    }
}

/// A quantity as the last part of an id: its letters and digits.
fn slug(quantity: &Quantity) -> String {
    // A quantity is plain data, which always has a text.
    let text = ron::to_string(quantity).unwrap_or_default();
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}
