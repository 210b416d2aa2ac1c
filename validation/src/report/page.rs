//! The page of the documentation.

use std::fmt::Write;

use super::text::{difference, published, span, tolerance, totals, words};
use crate::claim::Tier;
use crate::run::Outcome;
use crate::verdict::Verdict;

const HEAD: &str = "\
<!-- Generated: cargo run -p validation -- --write-docs docs/src/validation.md -->
# Validation

Published figures, and what the model gives for each. `cargo run -p validation` measures all of them and fails when one that
is enforced misses, or when a known gap has closed without its claim saying so. Bands are reported and never judged.

The letter after a source says how its figure came to us: P read in the full text, A in the authors' code or data, B in the
abstract alone, S quoted by others, P~ in an abridged copy, R from memory, D derived from P and A figures, M measured by
ourselves, with the data in this repository. Differences and tolerances are shares of the published figure; against a range, of
its nearer end.
";

const COLUMNS: &str = "\
| claim | published | ours | difference | tolerance | status | verdict | source |
|---|---:|---:|---:|---:|---|---|---|
";

/// What has a reason, under its heading.
const REASONS: [(&str, Verdict); 2] =
    [("Known gaps", Verdict::GapAsKnown), ("Not modelled", Verdict::NotModelled)];

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
    for (heading, verdict) in REASONS {
        let lines = reasons(outcomes, verdict);
        if !lines.is_empty() {
            let _ = write!(page, "\n## {heading}\n\n{lines}");
        }
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
        with_unit(published(&claim.published)),
        outcome.ours.map(span).map(with_unit).unwrap_or_default(),
        difference(outcome.difference),
        tolerance(claim.tolerance),
        words(claim.status.name()),
        words(outcome.verdict.name()),
        format!("{} ({})", claim.source, claim.trust.tag()),
    ];
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}

/// Why claims of this verdict are as they are, a line each.
fn reasons(outcomes: &[Outcome<'_>], verdict: Verdict) -> String {
    let these = outcomes.iter().filter(|outcome| outcome.verdict == verdict);
    let line = |outcome: &Outcome<'_>| {
        let claim = outcome.claim;
        claim.status.reason().map(|reason| format!("- `{}`: {reason}\n", claim.id))
    };
    these.filter_map(line).collect()
}
