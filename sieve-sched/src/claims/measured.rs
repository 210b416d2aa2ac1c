//! What replays show, as plain records that outlive them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::convergence::Convergence;
use super::expert::Expert;
use super::mixed::Mixed;
use super::setting::Setting;
use crate::config::{Config, Routing};
use crate::method::Method;
use crate::replay::graph::Unit;
use crate::replay::point::Point;
use crate::report::variation;
use crate::time::micros;

/// All that claims are judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// What holds for every figure.
    pub conditions: Conditions,
    /// By model.
    pub models: Vec<MeasuredModel>,
}

/// What holds for every figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// System.
    pub system: String,
    /// Requests of each batch.
    pub batches: Vec<u32>,
    /// Steps measured.
    pub steps: u32,
    /// Steps before.
    pub warmup_steps: u32,
    /// Seed.
    pub seed: u64,
    /// What is charged per 256 experts of a layer where placement is charged.
    pub scheduler_ns_per_256_experts: u64,
}

/// Of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasuredModel {
    /// Model.
    pub model: String,
    /// GPUs.
    pub gpus: u32,
    /// Routing law, or `trace`.
    pub routing: String,
    /// An expert on PIM.
    pub expert: Expert,
    /// Decode batches.
    pub points: Vec<MeasuredPoint>,
    /// Batches with prefill beside decode.
    pub mixed: Vec<Mixed>,
    /// How the cost table converges.
    pub convergence: Vec<Convergence>,
}

/// Of one (batch, method) under the settings that make no difference to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasuredPoint {
    /// The settings.
    pub settings: Vec<Setting>,
    /// Requests over all GPUs.
    pub batch: u32,
    /// Method.
    pub method: Method,
    /// Mini-batches.
    pub minibatches: usize,
    /// Mean time of a step.
    pub step_us: f64,
    /// Busy time per step of each unit, mean over GPUs.
    pub busy_us: BTreeMap<String, f64>,
    /// Standard deviation over mean of the time of channels on experts; absent where none ran on PIM.
    pub expert_time_variation: Option<f64>,
}

impl Conditions {
    /// Of a configuration.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self {
            system: config.system.name.clone(),
            batches: config.run.batches.clone(),
            steps: config.run.steps,
            warmup_steps: config.run.warmup_steps,
            seed: config.run.seed,
            scheduler_ns_per_256_experts: config.runtime.scheduler_ns_per_256_experts,
        }
    }
}

impl MeasuredModel {
    /// A model with its points.
    #[must_use]
    pub fn new(config: &Config, expert: Expert, points: Vec<MeasuredPoint>) -> Self {
        Self {
            model: config.model.name.clone(),
            gpus: config.run.gpus,
            routing: match &config.run.routing {
                Routing::Synthetic(spec) => spec.name.clone(),
                Routing::Trace(_) => "trace".to_owned(),
            },
            expert,
            points,
            mixed: Vec::new(),
            convergence: Vec::new(),
        }
    }
}

impl MeasuredPoint {
    pub(super) fn new(point: &Point, settings: Vec<Setting>) -> Self {
        let per_step = f64::from(point.steps);
        let busy = |unit: Unit| {
            let all: f64 = point.busy.iter().map(|busy| micros(busy[unit as usize])).sum();
            (unit.name().to_owned(), all / per_step / point.gpus as f64)
        };
        let on_pim = point.placed.iter().any(|placed| placed.experts_on_pim > 0);
        Self {
            settings,
            batch: point.batch,
            method: point.method,
            minibatches: point.minibatches,
            step_us: micros(point.time) / per_step,
            busy_us: Unit::ALL.into_iter().map(busy).collect(),
            expert_time_variation: on_pim.then(|| variation(&point.channel_busy)),
        }
    }
}
