//! The page of the documentation.

use std::fmt::Write;

use sieve_sched::chart::ChartError;

use super::Page;
use super::plot::plot;
use super::text::{difference, number, published, span, tolerance, totals, words};
use crate::claim::Tier;
use crate::rows::{Compared, RowsQuantity};
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

const FIGURE_TEXT: &str = "
![Published figures and ours](figures/published-ours.svg)

Every row of every table is a point, and so is every claim that has one number or a range, of which the nearer end counts; what we
measured ourselves is left out. On the right, what is more than a factor of two off stands at the edge.
";

const TABLE_COLUMNS: &str = "\
| claim | rows | equal | within 10 % | median error | largest error | where |
|---|---:|---:|---:|---:|---:|---|
";

/// What has a reason, under its heading.
const REASONS: [(&str, Verdict); 2] =
    [("Known gaps", Verdict::GapAsKnown), ("Not modelled", Verdict::NotModelled)];

/// The figure's name.
const FIGURE: &str = "published-ours";

/// Outcomes as Markdown: how many of each tier, the figure, a table for each tier, how near tables come, then why the known
/// gaps are there and what is not modelled.
///
/// # Errors
/// A figure that cannot be drawn.
pub fn page(outcomes: &[Outcome<'_>]) -> Result<Page, ChartError> {
    let mut text = format!("{HEAD}\n{}.\n\n{}{FIGURE_TEXT}", totals(outcomes), counts(outcomes));
    for tier in Tier::ALL {
        let rows: String = outcomes.iter().filter(|o| o.claim.tier == tier).map(row).collect();
        if !rows.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n## {}\n\n{COLUMNS}{rows}", heading(tier));
        }
    }
    text += &tables(outcomes);
    for (heading, verdict) in REASONS {
        let lines = reasons(outcomes, verdict);
        if !lines.is_empty() {
            let _ = write!(text, "\n## {heading}\n\n{lines}");
        }
    }
    Ok(Page { text, figures: vec![(FIGURE.to_owned(), plot(outcomes)?)] })
}

/// How many claims of each tier got which verdict.
fn counts(outcomes: &[Outcome<'_>]) -> String {
    let names = Verdict::ALL.map(|verdict| words(verdict.name()));
    let head = format!("| | {} |\n|---{}|\n", names.join(" | "), "|---:".repeat(names.len()));
    let line = |tier: Tier| {
        let of = |verdict| {
            let these =
                |outcome: &&Outcome<'_>| (outcome.claim.tier, outcome.verdict) == (tier, verdict);
            outcomes.iter().filter(these).count().to_string()
        };
        format!("| {} | {} |\n", heading(tier), Verdict::ALL.map(of).join(" | "))
    };
    head + &Tier::ALL.map(line).concat()
}

/// How near the rows of tables come; nothing where none is off.
fn tables(outcomes: &[Outcome<'_>]) -> String {
    let all = outcomes.iter().filter(|outcome| !outcome.rows.is_empty());
    let (equal, off): (Vec<_>, Vec<_>) = all.partition(|outcome| worst(outcome).error() == 0.0);
    if off.is_empty() {
        return String::new();
    }
    let rows: usize = equal.iter().map(|outcome| outcome.rows.len()).sum();
    let lines: String = off.into_iter().map(nearness).collect();
    format!(
        "\n## Row by row\n\nAll {rows} rows of {} tables are equal. In the others the largest error stands with what it is \
        of, published and ours.\n\n{TABLE_COLUMNS}{lines}",
        equal.len()
    )
}

/// The row that is farthest off, of a table that has some.
fn worst<'o>(outcome: &'o Outcome<'_>) -> &'o Compared {
    let rows = outcome.rows.iter();
    rows.max_by(|a, b| a.error().total_cmp(&b.error())).expect("a table has rows")
}

fn nearness(outcome: &Outcome<'_>) -> String {
    let (rows, worst) = (&outcome.rows, worst(outcome));
    let of = |quantity: RowsQuantity| quantity.of(rows.clone()).figure.low;
    let percent = |share: f64| format!("{} %", number(100.0 * share));
    let [equal, within] = [RowsQuantity::Equal, RowsQuantity::Within(0.1)].map(of);
    let cells = [
        format!("`{}`", outcome.claim.id),
        rows.len().to_string(),
        number(equal),
        percent(within),
        percent(of(RowsQuantity::MedianError)),
        percent(worst.error()),
        format!("{}: {} and {}", worst.name, number(worst.published), number(worst.ours)),
    ];
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
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
