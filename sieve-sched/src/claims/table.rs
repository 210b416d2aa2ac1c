//! The table on the terminal.

use comfy_table::{CellAlignment, Table, presets};

use super::claim::Row;
use super::verdict::{Outcome, Verdict};

/// Verdicts as text, what a reader should know of them, what was not measured, and how many there are of each outcome.
#[must_use]
pub fn table(verdicts: &[Verdict]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([
        "claim",
        "model",
        "figure",
        "published",
        "target",
        "ours",
        "charged",
        "one mini-batch",
        "better of both",
        "difference",
        "verdict",
    ]);
    for verdict in verdicts.iter().filter(|verdict| verdict.outcome != Outcome::NotMeasured) {
        let row = &verdict.row;
        let named =
            [verdict.claim.clone(), row.model.clone(), row.quantity.text(), row.published.clone()];
        table.add_row(named.into_iter().chain(verdict.cells()));
    }
    for column in table.column_iter_mut().skip(5).take(5) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let details: String = verdicts.iter().flat_map(details).map(|text| text + "\n").collect();
    format!("{table}\n{details}{}{}", missing(verdicts), totals(verdicts))
}

/// What was not measured, a line each claim; empty if all was.
fn missing(verdicts: &[Verdict]) -> String {
    let mut claims: Vec<(&str, Vec<String>)> = Vec::new();
    for verdict in verdicts.iter().filter(|verdict| verdict.outcome == Outcome::NotMeasured) {
        let Row { model, quantity, .. } = &verdict.row;
        let figure = format!("{} ({model})", quantity.text());
        match claims.last_mut().filter(|(claim, _)| *claim == verdict.claim) {
            Some((_, figures)) => figures.push(figure),
            None => claims.push((&verdict.claim, vec![figure])),
        }
    }
    let line = |(claim, figures): &(&str, Vec<String>)| match figures.as_slice() {
        [first, rest @ ..] if rest.len() > 1 => {
            format!("{claim}, not measured: {first} and {} more\n", rest.len())
        }
        all => format!("{claim}, not measured: {}\n", all.join("; ")),
    };
    claims.iter().map(line).collect()
}

/// What is to be known of a verdict, a line each.
fn details(verdict: &Verdict) -> impl Iterator<Item = String> {
    let name = format!("{}, {}", verdict.claim, verdict.row.model);
    verdict.details.iter().map(move |text| format!("{name}: {text}"))
}

/// How many there are of each outcome.
pub(super) fn totals(verdicts: &[Verdict]) -> String {
    let count = |outcome| verdicts.iter().filter(|verdict| verdict.outcome == outcome).count();
    let between = verdicts.iter().filter(|verdict| verdict.only_spans()).count();
    let counts = Outcome::ALL.map(|outcome| {
        let of_them = match outcome {
            Outcome::Holds if between > 0 => {
                format!(" ({between} of them with the published figure between two variants)")
            }
            _ => String::new(),
        };
        format!("{} {outcome}{of_them}", count(outcome))
    });
    format!("{} figures of claims: {}", verdicts.len(), counts.join(", "))
}
