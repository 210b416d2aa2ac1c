//! The resolved configuration of a replay.

use std::collections::BTreeMap;

use gpu_model::GpuSpec;
use noc::LinkSpec;
use pim_dram::DeviceSpec;
use serde::{Deserialize, Serialize};
use workloads::model::Attention;
use workloads::{GeneratorSpec, KvLengths, ModelSpec};

use super::error::ConfigError;
use super::load::load;
use crate::method::Method;
use crate::pim::KvPlacement;

/// System presets: name and RON text.
pub const SYSTEMS: &[(&str, &str)] =
    &[("b200-hbm-pim", include_str!("../../presets/b200-hbm-pim.ron"))];

/// A system as a user writes it: parts by preset name or file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemSpec {
    /// Name in reports.
    pub name: String,
    /// GPU.
    pub gpu: String,
    /// Link between GPUs.
    pub link: String,
    /// HBM-PIM of a GPU.
    pub pim: String,
}

/// A system with its parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Name in reports.
    pub name: String,
    /// GPU.
    pub gpu: GpuSpec,
    /// Link between GPUs.
    pub link: LinkSpec,
    /// HBM-PIM of a GPU.
    pub pim: DeviceSpec,
}

impl System {
    /// A preset or file, with all of its parts.
    ///
    /// # Errors
    /// Unknown names and files that do not parse.
    pub fn load(name: &str) -> Result<Self, ConfigError> {
        let spec: SystemSpec = load("system", name, SYSTEMS)?;
        Ok(Self {
            name: spec.name,
            gpu: load("GPU", &spec.gpu, gpu_model::PRESETS)?,
            link: load("link", &spec.link, noc::PRESETS)?,
            pim: load("device", &spec.pim, pim_dram::spec::PRESETS)?,
        })
    }
}

/// Where routing comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Routing {
    /// Drawn by a generator.
    Synthetic(GeneratorSpec),
    /// Replayed from a trace file.
    Trace(String),
}

/// How many mini-batches a batch is split into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Minibatches {
    /// 2 for methods with PIM, 1 for GPU-Only and on GPUs with fewer than two requests.
    Auto,
    /// So many for every method.
    Fixed(u32),
}

/// The software that drives the hardware.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeSpec {
    /// Mini-batches that overlap.
    pub minibatches: Minibatches,
    /// Time of the placement decision per 256 experts of a layer.
    pub scheduler_ns_per_256_experts: u64,
    /// Weight of a new observation in the cost table, in percent.
    pub cost_weight_percent: u32,
    /// Tokens of a KV block.
    pub kv_block_tokens: u32,
    /// Placement of KV blocks.
    pub kv_placement: KvPlacement,
    /// Path prefix -> where the numbers below it come from.
    pub sources: BTreeMap<String, String>,
}

/// What is run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSpec {
    /// GPUs of the server.
    pub gpus: u32,
    /// Requests in a decode batch, over all GPUs.
    pub batches: Vec<u32>,
    /// Methods compared.
    pub methods: Vec<Method>,
    /// Decode steps that are measured.
    pub steps: u32,
    /// Decode steps before, which fill the cost table.
    pub warmup_steps: u32,
    /// Seed of routing and request lengths.
    pub seed: u64,
    /// KV lengths of requests.
    pub kv_tokens: KvLengths,
    /// Routing.
    pub routing: Routing,
}

/// Everything that decides the numbers of a replay of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Hardware.
    pub system: System,
    /// Model.
    pub model: ModelSpec,
    /// Software.
    pub runtime: RuntimeSpec,
    /// Batches, methods, routing.
    pub run: RunSpec,
}

impl Config {
    /// Checks what the parts do not check when they are resolved.
    ///
    /// # Errors
    /// Every finding, at once.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut says = Vec::new();
        let mut part = |result: Result<(), String>| says.extend(result.err());
        part(self.model.check().map_err(|e| format!("model `{}`: {e}", self.model.name)));
        part(self.system.gpu.check().map_err(|e| e.to_string()));
        part(self.system.link.check().map_err(|e| e.to_string()));
        part(self.run.kv_tokens.check().map_err(|e| e.to_string()));
        if let Routing::Synthetic(spec) = &self.run.routing {
            part(spec.check().map_err(|e| e.to_string()));
        }
        let g = &self.system.pim.geometry;
        let pim = &self.system.pim.pim;
        let block = u64::from(pim.lanes)
            * u64::from(g.row_bytes.min(pim.vector_buffer_bytes) / g.burst_bytes.max(1));
        let limits: [(&str, u64, u64, u64); 7] = [
            ("run.gpus", self.run.gpus.into(), 1, self.model.experts.count.into()),
            ("run.steps", self.run.steps.into(), 1, 1 << 20),
            ("run.warmup_steps", self.run.warmup_steps.into(), 0, 1 << 20),
            ("runtime.cost_weight_percent", self.runtime.cost_weight_percent.into(), 1, 100),
            // A block's probabilities are one operand: no longer than a row and the vector buffer.
            ("runtime.kv_block_tokens", self.runtime.kv_block_tokens.into(), 1, block),
            ("run.batches", self.run.batches.len() as u64, 1, 1 << 16),
            ("run.methods", self.run.methods.len() as u64, 1, 1 << 8),
        ];
        for (path, value, least, most) in limits {
            if !(least..=most).contains(&value) {
                says.push(format!("{path}: {value} is outside {least} to {most}"));
            }
        }
        for (index, run) in self.model.pattern.iter().enumerate() {
            let Attention::GroupedQuery { head_dim, .. } = run.attention else { continue };
            if u64::from(head_dim) > block {
                says.push(format!(
                    "model.pattern.{index}: heads of {head_dim} elements; PIM takes at most {block}"
                ));
            }
        }
        if self
            .model
            .shared
            .is_some_and(|shared| shared.intermediate != self.model.experts.intermediate)
        {
            says.push("model.shared.intermediate: shared experts of another shape than routed ones are not modelled".to_owned());
        }
        if self.run.batches.iter().any(|&batch| batch == 0 || batch > 1 << 16) {
            says.push(format!(
                "run.batches: {:?}; a batch has 1 to 65,536 requests",
                self.run.batches
            ));
        }
        if self.runtime.minibatches == Minibatches::Fixed(0) {
            says.push("runtime.minibatches: 0; at least 1 is needed".to_owned());
        }
        if says.is_empty() { Ok(()) } else { Err(ConfigError::Invalid(says.join("; "))) }
    }
}
