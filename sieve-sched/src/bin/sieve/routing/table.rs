//! `sieve routing table`.

use std::path::PathBuf;

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use workloads::GeneratorSpec;
use workloads::fit::{Residual, misses, published};

use super::name;
use crate::options::{Outcome, print, print_json};
use crate::output::Output;

#[derive(Args)]
pub(super) struct Options {
    /// Seed of the synthetic routing
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the table to this file as Markdown, for the documentation
    #[arg(long, value_name = "FILE")]
    write_docs: Option<PathBuf>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// A model's published figures beside ours.
#[derive(Serialize)]
struct Model {
    /// Model.
    model: String,
    /// Routing preset.
    routing: String,
    /// Where the figures were published.
    source: String,
    /// Published figures beside ours.
    residuals: Vec<Residual>,
}

const HEADER: [&str; 7] =
    ["model", "routing", "B", "share", "published %", "ours %", "residual, points"];

pub(super) fn run(options: &Options) -> Outcome {
    let mut models = Vec::new();
    for published in published()? {
        let routing = GeneratorSpec::preset(&published.routing)?;
        models.push(Model {
            residuals: misses(&published.targets, &routing, options.seed)?,
            model: published.targets.origin,
            routing: published.routing,
            source: published.source,
        });
    }
    if let Some(path) = &options.write_docs {
        Output::create(path)?.write_text(&markdown(&models))?;
    }
    if options.json {
        return print_json(&serde_json::json!({ "models": models }));
    }
    print(&text(&models))
}

fn rows(models: &[Model]) -> impl Iterator<Item = [String; 7]> {
    models.iter().flat_map(|model| {
        model.residuals.iter().map(|residual| {
            [
                model.model.clone(),
                model.routing.clone(),
                residual.batch.to_string(),
                name(residual.statistic).to_owned(),
                format!("{:.1}", 100.0 * residual.target),
                format!("{:.1}", 100.0 * residual.found),
                format!("{:+.1}", residual.points),
            ]
        })
    })
}

fn text(models: &[Model]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(HEADER);
    table.add_rows(rows(models));
    for (at, column) in table.column_iter_mut().enumerate() {
        if ![0, 1, 3].contains(&at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let largest = models.iter().flat_map(|model| &model.residuals).map(|r| r.points.abs());
    let largest = largest.fold(0.0, f64::max);
    format!(
        "{table}\nlargest residual {largest:.1} points; shares of the activated experts, activated ones of all routed experts; mean over 600 layers"
    )
}

fn markdown(models: &[Model]) -> String {
    let line = |cells: [String; 7]| format!("| {} |\n", cells.join(" | "));
    let header = line(HEADER.map(str::to_owned)) + "|---|---|--:|---|--:|--:|--:|\n";
    let sources = models.iter().map(|model| format!("- {}: {}.\n", model.model, model.source));
    format!(
        "{header}{}\nPublished in:\n\n{}",
        rows(models).map(line).collect::<String>(),
        sources.collect::<String>()
    )
}
