//! The table on the terminal.

use comfy_table::{CellAlignment, Table, presets};

use super::summary::{ModelSummary, PointSummary};
use crate::replay::graph::Unit;

/// One model's points as text.
#[must_use]
pub fn table(model: &ModelSummary) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    let mut header = vec![
        "batch",
        "method",
        "tokens/s/user",
        "tokens/s/GPU",
        "step us",
        "experts on PIM",
        "mJ/token",
    ];
    let units: Vec<String> = Unit::ALL.iter().map(|unit| format!("{} us", unit.name())).collect();
    header.extend(units.iter().map(String::as_str));
    table.set_header(header);
    let mut batch = None;
    for point in &model.points {
        let first = batch != Some(point.batch);
        batch = Some(point.batch);
        table.add_row(row(point, first));
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        if at != 1 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!(
        "{} on {} x {}, routing {}, PIM rows opened {}\n{table}\nbusy times are per step, means over GPUs",
        model.model, model.gpus, model.system, model.routing, model.activation
    )
}

fn row(point: &PointSummary, first: bool) -> Vec<String> {
    let mut cells = vec![
        if first { point.batch.to_string() } else { String::new() },
        point.method.to_owned(),
        format!("{:.1}", point.interactivity_tokens_per_s_per_user),
        format!("{:.1}", point.throughput_tokens_per_s_per_gpu),
        format!("{:.1}", point.step_time_us),
        format!("{:.1} %", 100.0 * point.experts_on_pim_share),
        point.energy.as_ref().map_or("-".to_owned(), |e| format!("{:.1}", e.mj_per_token)),
    ];
    cells
        .extend(Unit::ALL.iter().map(|unit| format!("{:.1}", point.busy_us_per_step[unit.name()])));
    cells
}
