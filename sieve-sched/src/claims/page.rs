//! The page of the documentation.

use std::fmt::Write;

use super::claim::Claim;
use super::measured::Measured;
use super::table::totals;
use super::verdict::{Outcome, Verdict};

const HEAD: &str = "\
# The paper's claims

<!-- Written by `sieve claims RESULTS --write-docs`; do not edit. -->

What the paper says of Sieve (R1 to R9), and what the replays say to it. *Ours* is what is judged: mini-batches as decided (two
where there is PIM, one under GPU-Only) and placement for free. Beside it the same with placement at its cost (*charged*), with
one mini-batch, and with the better of both for each method. *Difference* is the share by which a target is missed. PIMoE is
simulated with whole experts on channels, as the paper describes it, and on Sieve's layout (PIMoE-TP); the paper's ratio has to
lie between, which says little where the two are far apart. Prompts beside decode (R6) and the cost table (R9) have replays of their own: one step after one that fills the
table, and ten iterations from an empty one.
";

const COLUMNS: &str = "\
| model | figure | published | target | ours | charged | one mini-batch | better of both | difference | verdict |
|---|---|---|---|---:|---:|---:|---:|---:|---|
";

/// Claims and their verdicts as Markdown.
#[must_use]
pub fn page(claims: &[Claim], measured: &Measured, verdicts: &[Verdict]) -> String {
    let conditions = &measured.conditions;
    let batches: Vec<String> = conditions.batches.iter().map(u32::to_string).collect();
    let mut page = format!(
        "{HEAD}\nOn `{}`, batches of {}; {} steps after {} that fill the cost table, seed {}; where placement is charged, {} us per 256 experts of a layer.\n\n{}.\n",
        conditions.system,
        batches.join(", "),
        conditions.steps,
        conditions.warmup_steps,
        conditions.seed,
        conditions.scheduler_ns_per_256_experts as f64 / 1e3,
        totals(verdicts)
    );
    for claim in claims {
        // Writing to a string cannot fail.
        let _ = write!(
            page,
            "\n## {}\n\n{} ({}).\n\n{COLUMNS}",
            claim.id, claim.statement, claim.source
        );
        let of_claim = || verdicts.iter().filter(|verdict| verdict.claim == claim.id);
        page.extend(of_claim().map(row));
        let notes: Vec<String> = of_claim().flat_map(notes).collect();
        if !notes.is_empty() {
            let _ = write!(page, "\n{}", notes.concat());
        }
    }
    page
}

fn row(verdict: &Verdict) -> String {
    let row = &verdict.row;
    let named = [row.model.clone(), row.quantity.text(), row.published.clone()];
    let cells: Vec<String> = named.into_iter().chain(verdict.cells()).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// Why a target is missed, and what else is to be known.
fn notes(verdict: &Verdict) -> Vec<String> {
    let row = &verdict.row;
    let cause = row.cause.as_ref().filter(|_| verdict.outcome == Outcome::Misses);
    let cause =
        cause.map(|cause| format!("- {}, {}, misses: {cause}\n", row.model, row.quantity.text()));
    let details = verdict.details.iter().map(|text| format!("- {}: {text}\n", row.model));
    cause.into_iter().chain(details).collect()
}
