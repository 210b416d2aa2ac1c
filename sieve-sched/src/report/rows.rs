//! CSV rows by layer group.

use serde::Serialize;

use super::summary::{ModelSummary, busy_us, share};
use crate::replay::graph::Unit;
use crate::run::Results;

/// A CSV row: one layer group of a point. Times are per step, means over GPUs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerGroupRow {
    /// Model.
    pub model: String,
    /// Requests over all GPUs.
    pub batch: u32,
    /// Method, by its name on the command line.
    pub method: String,
    /// All layers of one kind of attention, as the model file names them; `lm_head` is the language-model head.
    pub layer_group: String,
    /// Layers of the group.
    pub layers: u32,
    /// GPUs of the server.
    pub gpus: u32,
    /// Mini-batches that overlap.
    pub minibatches: usize,
    /// Steps measured.
    pub steps: u32,
    /// Of the whole point, as in `summary.json`.
    pub step_time_us: f64,
    /// Of the whole point, as in `summary.json`.
    pub interactivity_tokens_per_s_per_user: f64,
    /// Of the whole point, as in `summary.json`.
    pub throughput_tokens_per_s_per_gpu: f64,
    /// Of the whole point, as in `summary.json`.
    pub activated_experts_per_layer: f64,
    /// Of the whole point, as in `summary.json`.
    pub single_token_share: f64,
    /// Of the whole point, as in `summary.json`.
    pub at_most_four_tokens_share: f64,
    /// Of the group, else as in `summary.json`; 0 for `lm_head`.
    pub experts_on_pim_share: f64,
    /// Of the group, else as in `summary.json`; 0 for `lm_head`.
    pub pairs_on_pim_share: f64,
    /// FLOPs of the main stream's kernels / peak rate; under a calibrated law their own time. As all busy times: sum over the
    /// layers of the group in one step, mean over steps and GPUs; busy times overlap.
    pub gpu_busy_us: f64,
    /// From the start of each of those kernels to the last byte that the channels bring, PIM on the same channels included.
    pub hbm_busy_us: f64,
    /// The same of the small kernels beside them.
    pub vector_busy_us: f64,
    /// From the start of each PIM operation to its last result at the GPU.
    pub pim_busy_us: f64,
    /// Collectives of the GPU.
    pub link_busy_us: f64,
    /// Placement decisions.
    pub scheduler_busy_us: f64,
    /// Of the whole point, as in `summary.json`.
    pub prefill_tokens_per_step: f64,
    /// Of the whole point, as in `summary.json`.
    pub prompts_finished_per_step: f64,
}

impl LayerGroupRow {
    /// The rows of a model's results, the language-model head as a group of its own.
    #[must_use]
    pub fn of(results: &Results) -> Vec<Self> {
        let summary = ModelSummary::new(results);
        let groups = results.config.model.layer_groups();
        let mut rows = Vec::new();
        for (point, of) in results.points.iter().zip(&summary.points) {
            for (group, busy) in point.busy.iter().enumerate() {
                let placed = point.placed.get(group).copied().unwrap_or_default();
                let unit = |unit| busy_us(point, busy, unit);
                rows.push(Self {
                    model: summary.model.clone(),
                    batch: of.batch,
                    method: of.method.clone(),
                    layer_group: groups.get(group).map_or("lm_head", |group| group.name).to_owned(),
                    layers: groups.get(group).map_or(1, |group| group.layers),
                    gpus: summary.gpus,
                    minibatches: of.minibatches,
                    steps: of.steps,
                    step_time_us: of.step_time_us,
                    interactivity_tokens_per_s_per_user: of.interactivity_tokens_per_s_per_user,
                    throughput_tokens_per_s_per_gpu: of.throughput_tokens_per_s_per_gpu,
                    activated_experts_per_layer: of.activated_experts_per_layer,
                    single_token_share: of.single_token_share,
                    at_most_four_tokens_share: of.at_most_four_tokens_share,
                    experts_on_pim_share: share(placed.experts_on_pim, placed.experts),
                    pairs_on_pim_share: share(placed.pairs_on_pim, placed.pairs),
                    gpu_busy_us: unit(Unit::Gpu),
                    hbm_busy_us: unit(Unit::Hbm),
                    vector_busy_us: unit(Unit::Vector),
                    pim_busy_us: unit(Unit::Pim),
                    link_busy_us: unit(Unit::Link),
                    scheduler_busy_us: unit(Unit::Scheduler),
                    prefill_tokens_per_step: of.prefill_tokens_per_step,
                    prompts_finished_per_step: of.prompts_finished_per_step,
                });
            }
        }
        rows
    }
}
