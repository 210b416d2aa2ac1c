//! The page of the documentation.

use std::fmt::Write;

use super::text::{difference, number, published, tolerance, totals, words};
use crate::claim::{Status, Tier};
use crate::run::Outcome;

const HEAD: &str = "\
<!-- Generated: cargo run -p validation -- --write-docs docs/src/validation.md -->
# Validation

Published figures, and what the model gives for each. `cargo run -p validation` measures all of them and fails when one that
is enforced misses, or when a known gap has closed without its claim saying so. Bands are reported and never judged.

The letter after a source says how its figure came to us: P read in the full text, A in the authors' code or data, B in the
abstract alone, S quoted by others, P~ in an abridged copy, R from memory, D derived from P and A figures. Differences and
tolerances are shares of the published figure; against a range, of its nearer end.
";

const COLUMNS: &str = "\
| claim | published | ours | difference | tolerance | status | verdict | source |
|---|---:|---:|---:|---:|---|---|---|
";

/// Outcomes as Markdown: a table for each tier, then why the known gaps are there.
#[must_use]
pub fn page(outcomes: &[Outcome<'_>]) -> String {
    let mut page = format!("{HEAD}\n{}.\n", totals(outcomes));
    for tier in Tier::ALL {
        let rows: String = outcomes.iter().filter(|o| o.claim.tier == tier).map(row).collect();
        if !rows.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(page, "\n## {}\n\n{COLUMNS}{rows}", heading(tier));
        }
    }
    let gaps: String = outcomes.iter().filter_map(gap).collect();
    if !gaps.is_empty() {
        let _ = write!(page, "\n## Known gaps\n\n{gaps}");
    }
    page
}

fn heading(tier: Tier) -> &'static str {
    match tier {
        Tier::Identity => "Identities",
        Tier::OtherSimulator => "Other simulators",
        Tier::PublishedRatio => "Published ratios",
        Tier::Band => "Bands",
    }
}

fn row(outcome: &Outcome<'_>) -> String {
    let claim = outcome.claim;
    let with_unit =
        |figure: String| format!("{figure} {}", claim.unit.sign()).trim_end().to_owned();
    let cells = [
        format!("`{}`: {}", claim.id, claim.statement),
        with_unit(published(claim.published)),
        with_unit(number(outcome.ours)),
        difference(outcome.difference),
        tolerance(claim.tolerance),
        words(claim.status.name()),
        words(outcome.verdict.name()),
        format!("{} ({})", claim.source, claim.trust.tag()),
    ];
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}

fn gap(outcome: &Outcome<'_>) -> Option<String> {
    match &outcome.claim.status {
        Status::KnownGap(reason) => Some(format!("- `{}`: {reason}\n", outcome.claim.id)),
        Status::Enforced | Status::Band => None,
    }
}
