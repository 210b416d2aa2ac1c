//! Results as plain records: what the JSON summary and the CSV rows hold. Nothing of the run itself (paths, times, threads).

use std::collections::BTreeMap;

use noc::{LawSpec, MoeExchange};
use pim_dram::tally::Category;
use serde::{Deserialize, Serialize};
use workloads::GeneratorSpec;

use super::energy::EnergySummary;
use super::placement::PlacementSummary;
use crate::config::{GpuLaw, Routing, System};
use crate::cost_table::TableError;
use crate::replay::bound::Bound;
use crate::replay::graph::Unit;
use crate::replay::point::{Busy, Point};
use crate::replay::step::Placed;
use crate::run::{BatchRouting, Results};
use crate::time::{Femtos, micros, seconds};

/// Of all models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Version of this schema.
    pub schema_version: u32,
    /// Statements that hold for every number.
    pub notes: Vec<String>,
    /// By model.
    pub models: Vec<ModelSummary>,
}

/// Of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelSummary {
    /// Model.
    pub model: String,
    /// System.
    pub system: String,
    /// GPUs of the server.
    pub gpus: u32,
    /// Name of the routing law, with `, changed` where numbers of the preset were; or `trace`.
    pub routing: String,
    /// How PIM rows are opened, as in the device file.
    pub activation: String,
    /// What to know before trusting the numbers, such as weights that do not fit.
    pub warnings: Vec<String>,
    /// One record per (batch, method).
    pub points: Vec<PointSummary>,
}

/// Of one (model, batch, method).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointSummary {
    /// Requests over all GPUs.
    pub batch: u32,
    /// Method, by its name on the command line.
    pub method: String,
    /// Mini-batches that overlap.
    pub minibatches: usize,
    /// Steps measured.
    pub steps: u32,
    /// Mean time of a decode step, in which every request gets one token: time of all measured steps / `steps`.
    pub step_time_us: f64,
    /// Generated tokens a second of one user: 10⁶ / `step_time_us`.
    pub interactivity_tokens_per_s_per_user: f64,
    /// Generated tokens a second and GPU, the first one of each prompt included: (`batch` + `prompts_finished_per_step`) x
    /// interactivity / GPUs.
    pub throughput_tokens_per_s_per_gpu: f64,
    /// Routed experts with at least one token of the batch, mean over all layers and measured steps; shared experts are not
    /// counted.
    pub activated_experts_per_layer: f64,
    /// Share of the activated experts with exactly one token, mean over layers and steps.
    pub single_token_share: f64,
    /// The same with at most four.
    pub at_most_four_tokens_share: f64,
    /// Tokens of the most popular routed expert, mean over layers and steps.
    pub most_tokens: f64,
    /// Activated experts placed on PIM / activated experts. Each mini-batch, GPU and layer counts on its own, shared experts
    /// included, so that an expert with tokens in both mini-batches counts twice.
    pub experts_on_pim_share: f64,
    /// (token, expert) pairs on PIM / all pairs, counted likewise.
    pub pairs_on_pim_share: f64,
    /// Busy time of a unit (`gpu`, `hbm`, `vector`, `pim`, `link`, `scheduler`, as the columns of `layers.csv` say) over all
    /// layers of a step, mean over steps and GPUs. Units overlap, so that these do not add up to `step_time_us`.
    pub busy_us_per_step: BTreeMap<String, f64>,
    /// PIM channels, the whole run.
    pub pim: PimSummary,
    /// Share of the cached tokens that were attended to on the GPU although PIM could.
    pub attention_on_gpu_percent: u32,
    /// The cost table, step by step, warm-up included.
    pub table_error: Vec<TableError>,
    /// Tokens of prompts per step, beside those of the batch.
    pub prefill_tokens_per_step: f64,
    /// Prompts that end, per step; each gives its first token then.
    pub prompts_finished_per_step: f64,
    /// Beside prompts, how many times as fast as NoExp any partition of experts may be, by arithmetic: PIM at its peak, and
    /// as simulated on idle channels. `null` without prompts.
    pub most_over_noexp: Option<[f64; 2]>,
    /// Energy, where GPU, links and channels have numbers for it.
    pub energy: Option<EnergySummary>,
    /// Where experts ran, and what placement expected.
    pub placement: PlacementSummary,
    /// Before each collective, the time of the last GPU that is ready less the mean of all; the sum over a step. Mini-batches
    /// wait side by side, so that it may exceed what a step would gain.
    pub slowest_gpu_wait_us_per_step: f64,
}

/// Of the PIM channels of all GPUs over a whole run, warm-up included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PimSummary {
    /// Commands on all channels of all GPUs, those of reads and of the warm-up included.
    pub commands: u64,
    /// Refresh commands among them.
    pub refreshes: u64,
    /// Attributed time of a [category](../model/pim.md#where-the-time-goes) / all attributed time; idle time belongs to none.
    /// Unit: 0 to 1.
    pub time_share: BTreeMap<String, f64>,
    /// Groups of channels of a GPU that may hold different work: 1, or one per expert slot with whole experts on channels.
    pub channels: usize,
    /// Standard deviation / mean over the channel groups of the first GPU of the time spent on experts.
    pub expert_time_variation: f64,
    /// Input slices of the matrices gate-and-up and down of an expert ([layout](../model/pim.md#layout-of-a-matrix)).
    pub slices: [u32; 2],
}

impl Summary {
    /// Of the results of each model.
    #[must_use]
    pub fn new(results: &[Results]) -> Self {
        let mut notes = vec![
            "what the GPU reads and PIM work share every channel, command by command; placement expects neither to slow the other"
                .to_owned(),
            "attention on PIM takes the time of the most loaded pseudo-channel".to_owned(),
        ];
        // All models run on one system.
        notes.extend(results.first().and_then(|first| measured_kernels(&first.config.system)));
        notes.extend(results.first().and_then(|first| measured_links(&first.config.system)));
        Self { schema_version: 1, notes, models: results.iter().map(ModelSummary::new).collect() }
    }
}

/// Kernels that do not run at the peak rates of the data sheet.
fn measured_kernels(system: &System) -> Option<String> {
    let GpuLaw::Calibrated(law) = &system.gpu_law else { return None };
    Some(format!("GPU kernels take what the law `{}` says, fitted to measurements", law.name))
}

/// What the law of the paper leaves out, where it is not taken.
fn measured_links(system: &System) -> Option<String> {
    let LawSpec::Measured { collectives, moe_exchange } = &system.link_law else { return None };
    let library = match moe_exchange {
        MoeExchange::Nccl => "NCCL",
        MoeExchange::Deepep => "DeepEP",
    };
    let name = &collectives.name;
    Some(format!(
        "collectives take what was measured on `{name}`; {library} carries tokens to experts"
    ))
}

impl ModelSummary {
    pub(super) fn new(results: &Results) -> Self {
        let config = &results.config;
        let methods = config.run.methods.len();
        Self {
            model: config.model.name.clone(),
            system: config.system.name.clone(),
            gpus: config.run.gpus,
            routing: match &config.run.routing {
                Routing::Synthetic(spec) => match GeneratorSpec::preset(&spec.name) {
                    Ok(shipped) if shipped != *spec => format!("{}, changed", spec.name),
                    _ => spec.name.clone(),
                },
                Routing::Trace(_) => "trace".to_owned(),
            },
            activation: activation_name(results),
            warnings: results.warnings.clone(),
            points: (results.points.iter().enumerate())
                .map(|(at, point)| {
                    PointSummary::new(results, &results.routing[at / methods], point)
                })
                .collect(),
        }
    }
}

impl PointSummary {
    fn new(results: &Results, routing: &BatchRouting, point: &Point) -> Self {
        let step = seconds(point.time) / f64::from(point.steps);
        let generated = f64::from(point.batch) + routing.prompts_finished;
        let mut placed = Placed::default();
        point.placed.iter().for_each(|&group| placed += group);
        let busy = |unit: Unit| point.busy.iter().map(|b| busy_us(point, b, unit)).sum::<f64>();
        Self {
            batch: point.batch,
            method: point.method.traits().name.to_owned(),
            minibatches: point.minibatches,
            steps: point.steps,
            step_time_us: step * 1e6,
            interactivity_tokens_per_s_per_user: 1.0 / step,
            throughput_tokens_per_s_per_gpu: generated / step / point.gpus as f64,
            activated_experts_per_layer: routing.counts.activated,
            single_token_share: routing.counts.one_token,
            at_most_four_tokens_share: routing.counts.up_to_four,
            most_tokens: routing.counts.most,
            experts_on_pim_share: share(placed.experts_on_pim, placed.experts),
            pairs_on_pim_share: share(placed.pairs_on_pim, placed.pairs),
            busy_us_per_step: (Unit::ALL.iter())
                .map(|&unit| (unit.name().to_owned(), busy(unit)))
                .collect(),
            pim: PimSummary::new(results, point),
            attention_on_gpu_percent: point.attention_on_gpu_percent,
            table_error: point.table_error.clone(),
            prefill_tokens_per_step: routing.prefill_tokens,
            prompts_finished_per_step: routing.prompts_finished,
            most_over_noexp: routing.bounds.map(|both| both.map(Bound::most_over_noexp)),
            energy: EnergySummary::new(point),
            placement: PlacementSummary::new(point, results.config.model.moe_layers()),
            slowest_gpu_wait_us_per_step: micros(point.slowest_gpu_wait) / f64::from(point.steps),
        }
    }
}

impl PimSummary {
    fn new(results: &Results, point: &Point) -> Self {
        let total: u64 = point.tally.ticks.iter().sum();
        let of = |category: Category| share(point.tally.time(category).0, total);
        Self {
            commands: point.tally.total_commands(),
            refreshes: point.tally.count(results.device.roles.refresh),
            time_share: Category::ALL.iter().map(|&c| (c.name().to_owned(), of(c))).collect(),
            channels: point.channel_busy.len(),
            expert_time_variation: variation(&point.channel_busy),
            slices: point.slices,
        }
    }
}

fn activation_name(results: &Results) -> String {
    ron::to_string(&results.device.pim.activation).unwrap_or_default()
}

/// Mean busy time of a unit per step and GPU.
pub(super) fn busy_us(point: &Point, busy: &Busy, unit: Unit) -> f64 {
    micros(busy[unit as usize]) / f64::from(point.steps) / point.gpus as f64
}

pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Standard deviation over mean; 0 for times that are all 0.
#[must_use]
pub fn variation(times: &[Femtos]) -> f64 {
    let times: Vec<f64> = times.iter().map(|&time| seconds(time)).collect();
    let mean = times.iter().sum::<f64>() / (times.len() as f64).max(1.0);
    let variance =
        times.iter().map(|t| (t - mean) * (t - mean)).sum::<f64>() / (times.len() as f64).max(1.0);
    if mean > 0.0 { variance.sqrt() / mean } else { 0.0 }
}
