//! The page on the placement of experts.

use sieve_sched::method::Method;

use crate::balance::{BATCHES, Balance, METHODS, MODELS, PLACEMENTS};
use crate::study::{Row, Table};

/// The page as Markdown.
#[must_use]
pub fn balance(study: &Balance, table: &Table) -> String {
    let mut page = "# Waiting for the slowest GPU\n\n\
        <!-- Written by `validate balance --write-docs`; do not edit. -->\n\n\
        A layer has three collectives, and none of them begins before the last GPU is ready. Experts that are unevenly loaded therefore \
        bound every method. Here each [placement of experts](model/links.md#placement) is replayed, placement decisions for free, one \
        step after two, whose loads the balanced placements see. *Waiting* is, for each collective, the time of the last GPU that is \
        ready less the mean of all, summed over a step, as `slowest_gpu_wait_us_per_step` in `summary.json`; two mini-batches wait \
        beside each other, so that less than all of it could be gained. `docs/src/data/balance.csv` has the figures.\n"
        .to_owned();
    for model in MODELS {
        page += &of_model(study, table, model);
    }
    page
}

fn of_model(study: &Balance, table: &Table, model: &str) -> String {
    let gpus = study.case(model, BATCHES[0], PLACEMENTS[0]).map_or(0, |case| case.config.run.gpus);
    let mut text = format!("\n## {model}\n\nOn {gpus} GPUs.\n\n| batch | placement |");
    for method in METHODS {
        text += &format!(" {} | over contiguous | waiting |", title(method));
    }
    text += "\n|---:|---|";
    text += &"---:|---:|---:|".repeat(METHODS.len());
    text.push('\n');
    for batch in BATCHES {
        for (at, placement) in PLACEMENTS.into_iter().enumerate() {
            let of = |placement, method| table.find(study.case(model, batch, placement)?, method);
            let cells =
                METHODS.map(|method| cells(of(PLACEMENTS[0], method), of(placement, method)));
            let batch = if at == 0 { batch.to_string() } else { String::new() };
            text += &format!("| {batch} | `{placement}` | {} |\n", cells.join(" | "));
        }
    }
    text + "\n" + &summary(study, table, model)
}

fn cells(contiguous: Option<&Row>, row: Option<&Row>) -> String {
    let (Some(contiguous), Some(row)) = (contiguous, row) else { return " |  | ".to_owned() };
    format!(
        "{:.0} µs | {:.2} | {:.0} µs, {:.0} %",
        row.step_us,
        row.step_us / contiguous.step_us,
        row.slowest_gpu_wait_us,
        1e2 * row.slowest_gpu_wait_us / row.step_us
    )
}

/// What the best placement gains, and what is left to wait for.
fn summary(study: &Balance, table: &Table, model: &str) -> String {
    let lines = METHODS.map(|method| {
        let at = BATCHES.map(|batch| {
            let rows = PLACEMENTS.into_iter().filter_map(|placement| {
                Some((placement, table.find(study.case(model, batch, placement)?, method)?))
            });
            let rows: Vec<_> = rows.collect();
            let best = rows.iter().min_by(|(_, a), (_, b)| a.step_us.total_cmp(&b.step_us));
            let (Some((placement, best)), Some((_, contiguous))) = (best, rows.first()) else {
                return String::new();
            };
            let gain = 1e2 * (1.0 - best.step_us / contiguous.step_us);
            format!("`{placement}` {gain:.0} % at B = {batch}")
        });
        format!("- {}: {}.\n", title(method), at.join(", "))
    });
    format!(
        "The fastest placement, and how much shorter a step is than with `contiguous`:\n\n{}",
        lines.concat()
    )
}

fn title(method: Method) -> &'static str {
    method.traits().title
}
