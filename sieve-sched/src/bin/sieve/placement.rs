//! `sieve placement`.

use std::error::Error;

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use sieve_sched::config::load;
use sieve_sched::options::names::named;
use workloads::placement::{GpuLoads, Placement, PlacementError, loads};
use workloads::{
    Decode, GeneratorSpec, KvLengths, ModelSpec, PlacementSpec, RoutingSource, Step, Trace,
};

use crate::options::{Outcome, print, print_json};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve placement --model gpt-oss-120b --gpus 8 --placement contiguous,balanced+2"
)]
pub(crate) struct Options {
    /// Model preset, or path of a .ron file
    #[arg(long, default_value = "gpt-oss-120b")]
    model: String,
    /// Follow the routing of a trace (.npz)
    #[arg(long, value_name = "FILE", conflicts_with = "synthetic")]
    trace: Option<String>,
    /// Draw routing by a preset, or a .ron file [default: the model's]
    #[arg(long, visible_alias = "routing", value_name = "ROUTING")]
    synthetic: Option<String>,
    /// GPUs [default: the model's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    gpus: Option<u32>,
    /// Requests in a decode batch, over all GPUs
    #[arg(long, value_delimiter = ',', default_value = "16,64,256")]
    batch: Vec<u32>,
    /// Placements: contiguous, permuted, balanced, or balanced+N with N replicas a GPU
    /// [default: contiguous,permuted,balanced and, where there is room, balanced+2]
    #[arg(long, value_delimiter = ',', value_parser = named::<PlacementSpec>("PLACEMENT"))]
    placement: Vec<PlacementSpec>,
    /// Decode steps that are looked at
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    steps: u32,
    /// Decode steps before those, by whose loads experts are balanced
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    warmup_steps: u32,
    /// Seed of routing and permutations
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// Means over layers and steps.
#[derive(Serialize)]
struct Entry {
    /// Requests over all GPUs.
    batch: u32,
    /// The rule.
    placement: String,
    /// Activated experts of a GPU, mean over GPUs.
    activated_per_gpu: f64,
    /// The same of the GPU that has most.
    activated_most: f64,
    /// (token, expert) pairs of the GPU that has most / mean of all.
    tokens_most_over_mean: f64,
    /// Weights of routed experts on the fullest GPU, all layers, replicas too. Unit: B.
    expert_bytes_per_gpu: u64,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let model: ModelSpec = load("model", &options.model, workloads::model::PRESETS)?;
    model.check()?;
    let gpus = options.gpus.unwrap_or(model.default_gpus) as usize;
    let placements = options.placements(&model, gpus)?;
    let source = options.source(&model)?;
    let mut entries = Vec::new();
    for &batch in &options.batch {
        let (seen, steps) = options.steps(source.clone(), &model, batch)?;
        let loads = loads(&seen, model.moe_layers(), model.experts.count);
        for spec in &placements {
            let placed = spec.place(model.experts.count, gpus, &loads, options.seed)?;
            entries.push(Entry::new(batch, *spec, &placed, &model, gpus, &steps));
        }
    }
    if options.json {
        return print_json(&serde_json::json!({
            "model": model.name, "gpus": gpus, "placements": entries,
        }));
    }
    let plural = if gpus == 1 { "" } else { "s" };
    print(&format!("{}, {gpus} GPU{plural}\n{}", model.name, table(&entries)))
}

impl Options {
    /// Those asked for, or of the default ones those that fit.
    fn placements(
        &self,
        model: &ModelSpec,
        gpus: usize,
    ) -> Result<Vec<PlacementSpec>, PlacementError> {
        use PlacementSpec::{Balanced, Contiguous, Permuted};
        let check = |spec: &PlacementSpec| spec.check(model.experts.count, gpus);
        check(&Contiguous)?;
        if self.placement.is_empty() {
            let fits = |spec: &PlacementSpec| check(spec).is_ok();
            let all = [Contiguous, Permuted, Balanced(0), Balanced(2)];
            return Ok(all.into_iter().filter(fits).collect());
        }
        self.placement.iter().try_for_each(check)?;
        Ok(self.placement.clone())
    }

    fn source(&self, model: &ModelSpec) -> Result<RoutingSource, Box<dyn Error>> {
        if let Some(file) = &self.trace {
            return Ok(RoutingSource::Trace(Trace::read(file, model)?));
        }
        let preset = self.synthetic.as_ref().unwrap_or(&model.default_routing);
        let spec: GeneratorSpec = load("routing", preset, workloads::generator::PRESETS)?;
        Ok(RoutingSource::Synthetic(spec))
    }

    /// Steps to balance by, and those after them.
    fn steps(
        &self,
        source: RoutingSource,
        model: &ModelSpec,
        batch: u32,
    ) -> Result<(Vec<Step>, Vec<Step>), Box<dyn Error>> {
        let mut decode = Decode::new(source, model, batch as usize, KvLengths::AZURE, self.seed)?;
        let mut take = |steps| (0..steps).map(|_| decode.next_step().clone()).collect();
        Ok((take(self.warmup_steps), take(self.steps)))
    }
}

impl Entry {
    /// Requests go round the GPUs, as in a replay.
    fn new(
        batch: u32,
        spec: PlacementSpec,
        placed: &Placement,
        model: &ModelSpec,
        gpus: usize,
        steps: &[Step],
    ) -> Self {
        let k = model.experts.top_k as usize;
        let of = |step: &Step, layer: u32| {
            let tokens = step.layer(layer).chunks(k).enumerate();
            let tokens = tokens.map(|(request, experts)| (request % gpus, experts));
            GpuLoads::of(&placed.layer(layer).tokens(tokens))
        };
        let all = steps.iter().flat_map(|step| (0..model.moe_layers()).map(move |l| (step, l)));
        let loads = GpuLoads::mean(all.map(|(step, layer)| of(step, layer))).unwrap_or_default();
        let copies = (0..gpus).map(|gpu| placed.copies(gpu)).max().unwrap_or(0);
        Self {
            batch,
            placement: spec.to_string(),
            activated_per_gpu: loads.activated,
            activated_most: loads.activated_most,
            tokens_most_over_mean: loads.tokens_most_over_mean,
            expert_bytes_per_gpu: copies * model.expert_bytes(),
        }
    }
}

fn table(entries: &[Entry]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([
        "batch",
        "placement",
        "activated a GPU",
        "most",
        "tokens, most / mean",
        "experts GB a GPU",
    ]);
    for entry in entries {
        table.add_row([
            entry.batch.to_string(),
            entry.placement.clone(),
            format!("{:.1}", entry.activated_per_gpu),
            format!("{:.1}", entry.activated_most),
            format!("{:.2}", entry.tokens_most_over_mean),
            format!("{:.1}", entry.expert_bytes_per_gpu as f64 / 1e9),
        ]);
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
