//! `sieve trace stats`.

use std::path::PathBuf;

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use workloads::stats::{Survey, SurveyRow, survey};
use workloads::trace::{Head, Kind};

use super::Input;
use crate::options::{Outcome, print, print_json};
use crate::output::Output;

#[derive(Args)]
#[command(after_help = "Examples:\n  sieve trace stats routing.npz --model gpt-oss-20b")]
pub(super) struct Options {
    #[command(flatten)]
    input: Input,
    /// Batch sizes, separated by commas [default: the recorded ones; of requests 1,4,16,32,64,128,256]
    #[arg(long, value_delimiter = ',')]
    batch: Vec<usize>,
    /// Random batches of each size, at least
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    draws: u32,
    /// Seed of the draws
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// GPUs over which the experts are spread, consecutive ones together
    #[arg(long, default_value_t = 1)]
    gpus: usize,
    /// Show each layer too
    #[arg(long)]
    per_layer: bool,
    /// Print one JSON object and nothing else
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Write the rows to this file, as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

/// A survey as printed.
#[derive(Serialize)]
struct Report {
    /// The trace.
    file: String,
    /// What it records.
    kind: Kind,
    /// Model, as the trace says.
    model: String,
    /// Routed experts of a layer.
    experts: u32,
    /// Experts that a token visits.
    top_k: u32,
    /// GPUs over which experts are spread, consecutive ones together.
    gpus: usize,
    /// One record per recording and batch size, and with `--per-layer` per layer.
    rows: Vec<Row>,
}

/// Statistics of one recording at one batch size; shares are of the activated experts.
#[derive(Serialize)]
struct Row {
    /// Name of the recording; empty where there is but one.
    source: String,
    /// Tokens of the recorded batches; `null` of requests.
    recorded: Option<usize>,
    /// Tokens of the batches that the statistics are of.
    batch: usize,
    /// The layer; `null` of all, whose mean it is.
    layer: Option<u32>,
    /// Layers x batches over which means were taken.
    samples: u64,
    /// Experts with one token or more.
    activated: f64,
    /// Share of the activated experts that have one token. Unit: 0 to 1.
    share_one: f64,
    /// The same with two. Unit: 0 to 1.
    share_two: f64,
    /// The same with three or four. Unit: 0 to 1.
    share_three_or_four: f64,
    /// The same with more than four. Unit: 0 to 1.
    share_above_four: f64,
    /// The same with at most four. Unit: 0 to 1.
    share_up_to_four: f64,
    /// Tokens of the expert that has most.
    most_tokens: f64,
    /// Activated experts of a GPU, mean over GPUs.
    gpu_activated_mean: f64,
    /// Activated experts of the GPU that has most.
    gpu_activated_most: f64,
    /// Tokens of the GPU that has most / mean of all. Unit: ratio.
    gpu_tokens_most_over_mean: f64,
}

pub(super) fn run(options: &Options) -> Outcome {
    let Options { input, .. } = options;
    let asked = Survey {
        batches: options.batch.clone(),
        draws: options.draws,
        seed: options.seed,
        gpus: options.gpus,
    };
    let inputs = [input.file.as_path()];
    let output =
        options.csv.as_deref().map(|path| Output::apart_from(&inputs, path)).transpose()?;
    let (head, rows) = survey(&input.file, input.format, &input.expected()?, &asked)?;
    let shown = rows.iter().filter(|row| options.per_layer || row.layer.is_none());
    let report = Report::new(options, head, shown.map(Row::new).collect());
    match output {
        Some(output) => write(output, &report.rows),
        None if options.json => print_json(&report),
        None => print(&report.text()),
    }
}

fn write(output: Output, rows: &[Row]) -> Outcome {
    let mut table = csv::Writer::from_writer(output);
    rows.iter().try_for_each(|row| table.serialize(row))?;
    table.into_inner().map_err(|error| error.into_error())?.finish()
}

impl Row {
    fn new(row: &SurveyRow) -> Self {
        let SurveyRow { load, gpus, .. } = row;
        Self {
            source: row.source.clone(),
            recorded: row.recorded,
            batch: row.batch,
            layer: row.layer,
            samples: row.samples,
            activated: load.activated,
            share_one: load.one_token,
            share_two: load.two_tokens,
            share_three_or_four: load.three_or_four(),
            share_above_four: load.above_four(),
            share_up_to_four: load.up_to_four,
            most_tokens: load.most,
            gpu_activated_mean: gpus.activated,
            gpu_activated_most: gpus.activated_most,
            gpu_tokens_most_over_mean: gpus.tokens_most_over_mean,
        }
    }

    fn cells(&self, per_layer: bool, gpus: bool) -> Vec<String> {
        let share = |share: f64| format!("{:.1}", 100.0 * share);
        let recorded = self.recorded.map_or_else(|| "-".to_owned(), |tokens| tokens.to_string());
        let mut cells = vec![self.source.clone(), recorded, self.batch.to_string()];
        if per_layer {
            cells.push(self.layer.map_or_else(|| "all".to_owned(), |layer| layer.to_string()));
        }
        cells.extend([self.samples.to_string(), format!("{:.2}", self.activated)]);
        cells.extend(
            [
                self.share_one,
                self.share_two,
                self.share_three_or_four,
                self.share_above_four,
                self.share_up_to_four,
            ]
            .map(share),
        );
        cells.push(format!("{:.1}", self.most_tokens));
        if gpus {
            cells.push(format!("{:.1}", self.gpu_activated_mean));
            cells.push(format!("{:.1}", self.gpu_activated_most));
            cells.push(format!("{:.2}", self.gpu_tokens_most_over_mean));
        }
        cells
    }
}

impl Report {
    fn new(options: &Options, head: Head, rows: Vec<Row>) -> Self {
        let Head { kind, model, experts, top_k } = head;
        let file = options.input.file.display().to_string();
        Self { file, kind, model, experts, top_k, gpus: options.gpus, rows }
    }

    fn text(&self) -> String {
        let per_layer = self.rows.iter().any(|row| row.layer.is_some());
        let gpus = self.gpus > 1;
        let mut header = vec!["source", "recorded B", "B"];
        header.extend(per_layer.then_some("layer"));
        header.extend(["samples", "activated", "1 %", "2 %", "3-4 %", "> 4 %", "<= 4 %", "most"]);
        if gpus {
            header.extend(["GPU activated", "at most", "tokens most/mean"]);
        }
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        table.set_header(header);
        for row in &self.rows {
            table.add_row(row.cells(per_layer, gpus));
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let Self { file, kind, model, experts, top_k, .. } = self;
        format!(
            "{file}: {} of `{model}`, {experts} experts, {top_k} of a token\n{table}\n\
             shares of the activated experts by their tokens, means over layers and batches",
            kind.name()
        )
    }
}
