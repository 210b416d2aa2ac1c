//! The table on the terminal.

use comfy_table::{CellAlignment, Table, presets};

use super::text::{difference, published, span, tolerance, totals, words};
use crate::run::Outcome;

/// Outcomes as text, with how many there are of each verdict.
#[must_use]
pub fn table(outcomes: &[Outcome<'_>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([
        "claim",
        "published",
        "ours",
        "unit",
        "difference",
        "tolerance",
        "tier",
        "verdict",
    ]);
    for outcome in outcomes {
        let claim = outcome.claim;
        table.add_row([
            claim.id.clone(),
            published(&claim.published),
            outcome.ours.map(span).unwrap_or_default(),
            claim.unit.sign().to_owned(),
            difference(outcome.difference),
            tolerance(claim.tolerance),
            words(claim.tier.name()),
            words(outcome.verdict.name()),
        ]);
    }
    for column in [1, 2, 4, 5] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!("{table}\n{}", totals(outcomes))
}
