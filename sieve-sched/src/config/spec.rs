//! The resolved configuration of a replay.

use std::collections::BTreeMap;

use gpu_model::law::calibrated;
use gpu_model::{CalibratedSpec, GpuSpec};
use noc::LinkSpec;
use pim_dram::DeviceSpec;
use pim_dram::sequencer::Arbitration;
use serde::{Deserialize, Serialize};
use workloads::{GeneratorSpec, KvLengths, ModelSpec};

use super::error::ConfigError;
use super::load::{load, load_device};
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
    /// How long its kernels take.
    pub gpu_law: GpuLaw,
    /// Link between GPUs.
    pub link: LinkSpec,
    /// HBM-PIM of a GPU.
    pub pim: DeviceSpec,
}

impl System {
    /// A preset or file, with all of its parts; its GPU follows the roofline.
    ///
    /// # Errors
    /// Unknown names and files that do not parse.
    pub fn load(name: &str) -> Result<Self, ConfigError> {
        let spec: SystemSpec = load("system", name, SYSTEMS)?;
        Ok(Self {
            name: spec.name,
            gpu: load("GPU", &spec.gpu, gpu_model::PRESETS)?,
            gpu_law: GpuLaw::Roofline,
            link: load("link", &spec.link, noc::PRESETS)?,
            pim: load_device(&spec.pim)?,
        })
    }
}

/// How long kernels take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GpuLaw {
    /// At the peak rates of the data sheet, the longer of memory and compute time.
    Roofline,
    /// As measured.
    Calibrated(Box<CalibratedSpec>),
}

impl GpuLaw {
    /// The law of a GPU: `roofline`, `calibrated` (the first that was measured on it), or a law by preset or file.
    ///
    /// # Errors
    /// Unknown names, files that do not parse, and `calibrated` of a GPU that was not measured.
    pub fn load(gpu: &str, law: &str) -> Result<Self, ConfigError> {
        let calibrated = |name: &str| -> Result<CalibratedSpec, ConfigError> {
            load("GPU law", name, calibrated::PRESETS)
        };
        let spec = match law {
            "roofline" => return Ok(Self::Roofline),
            "calibrated" => {
                let shipped = calibrated::PRESETS.iter().map(|(name, _)| calibrated(name));
                let all = shipped.collect::<Result<Vec<_>, _>>()?;
                all.into_iter().find(|spec| spec.gpu == gpu).ok_or_else(|| {
                    let known: Vec<_> = calibrated::PRESETS.iter().map(|(name, _)| *name).collect();
                    ConfigError::Invalid(format!(
                        "GPU `{gpu}` was not measured; give one of {} or a file instead of `calibrated`",
                        known.join(", ")
                    ))
                })?
            }
            name => calibrated(name)?,
        };
        Ok(Self::Calibrated(Box::new(spec)))
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
    /// Who goes first on a channel where the GPU reads while PIM units work.
    pub arbitration: Arbitration,
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
