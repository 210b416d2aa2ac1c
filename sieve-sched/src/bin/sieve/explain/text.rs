//! Explanations as tables and as records.

use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};
use sieve_sched::levers::Lever;
use sieve_sched::report::PointSummary;

/// Every point and what holds it up.
pub(super) fn overview(points: &[(&str, &PointSummary)]) -> String {
    let header = ["model", "batch", "method", "step us", "bottleneck", "busy", "then", "busy"];
    let rows = points.iter().map(|(model, point)| {
        let shares = point.busy_shares();
        let nth = |n: usize| shares.get(n).map_or(("", 0.0), |&share| share);
        let (first, second) = (nth(0), nth(1));
        vec![
            (*model).to_owned(),
            point.batch.to_string(),
            point.method.clone(),
            format!("{:.1}", point.step_time_us),
            point.bottleneck().to_owned(),
            percent(first.1),
            second.0.to_owned(),
            percent(second.1),
        ]
    });
    let table = table(&header, rows.collect(), &[1, 3, 5, 7]);
    format!("{table}\nbusy: share of the step; dependencies: no unit is busy for half of it")
}

/// A point: its units, its partition, and what placement expected.
pub(super) fn point(model: &str, point: &PointSummary) -> String {
    let units = point.busy_shares().into_iter().map(|(unit, share)| {
        let us = share * point.step_time_us;
        vec![unit.to_owned(), format!("{us:.1}"), percent(share)]
    });
    let units = table(&["unit", "busy us", "share of the step"], units.collect(), &[1, 2]);
    let placement = &point.placement;
    let classes = placement.classes.iter().map(|class| {
        let tokens = if class.from == class.to {
            class.to.to_string()
        } else {
            format!("{} to {}", class.from, class.to)
        };
        let counts = [class.gpu_experts, class.pim_experts, class.gpu_tokens, class.pim_tokens];
        [tokens].into_iter().chain(counts.map(|count| format!("{count:.1}"))).collect()
    });
    let header =
        ["tokens of an expert", "experts on GPU", "on PIM", "their tokens on GPU", "on PIM"];
    let classes = table(&header, classes.collect(), &[0, 1, 2, 3, 4]);
    let terms = placement.terms.iter().map(|term| {
        let ratio = if term.estimated_us > 0.0 {
            format!("{:.2}", term.simulated_us / term.estimated_us)
        } else {
            String::new()
        };
        let us = [term.estimated_us, term.simulated_us].map(|us| format!("{us:.1}"));
        [term.term.clone()].into_iter().chain(us).chain([ratio]).collect()
    });
    let header = ["term of Eq. 1", "estimated us", "simulated us", "simulated / estimated"];
    let terms = table(&header, terms.collect(), &[1, 2, 3]);
    format!(
        "{model}, B = {}, {}, {} mini-batch(es): a step takes {:.1} us, {:.1} tokens/s/GPU\n\n\
        bottleneck: {}\n{units}\n\n\
        partition: {} of activated experts on PIM; means per layer over all GPUs and mini-batches\n{classes}\n\n\
        what placement expected and what came, all layers of a step, means over GPUs; the longest term of each decision adds up to {:.1} us\n{terms}",
        point.batch,
        point.method,
        point.minibatches,
        point.step_time_us,
        point.throughput_tokens_per_s_per_gpu,
        point.bottleneck(),
        percent(point.experts_on_pim_share),
        placement.longest_estimated_us,
    )
}

/// The changes that help most.
pub(super) fn levers(step_us: f64, levers: &[Lever], largest: usize) -> String {
    let helpful: Vec<&Lever> = levers.iter().filter(|lever| lever.faster > 0.0).collect();
    if helpful.is_empty() {
        return "\nlevers: no single change that was tried makes the step shorter".to_owned();
    }
    let rows = helpful.iter().take(largest).map(|lever| {
        vec![
            lever.change.to_owned(),
            format!("{:.1}", lever.step_us),
            format!("{:.1} %", 100.0 * lever.faster),
        ]
    });
    let table = table(&["change", "step us", "faster by"], rows.collect(), &[1, 2]);
    format!(
        "\nlargest levers, of {} single changes that help; one step of {step_us:.1} us as it is\n{table}",
        helpful.len()
    )
}

/// A point as a record.
pub(super) fn record(model: &str, point: &PointSummary) -> Value {
    let shares: serde_json::Map<String, Value> = point
        .busy_shares()
        .into_iter()
        .map(|(unit, share)| (unit.to_owned(), share.into()))
        .collect();
    json!({ "model": model, "bottleneck": point.bottleneck(), "busy_share": shares, "figures": point })
}

/// Points as records.
pub(super) fn records(points: &[(&str, &PointSummary)]) -> Vec<Value> {
    points.iter().map(|(model, point)| record(model, point)).collect()
}

fn table(header: &[&str], rows: Vec<Vec<String>>, numbers: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(header.to_vec()).add_rows(rows);
    for &at in numbers {
        if let Some(column) = table.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
