//! The resolved configuration of a replay.

use std::collections::BTreeMap;

use gpu_model::GpuSpec;
use noc::{LawSpec, LinkSpec};
use pim_dram::DeviceSpec;
use pim_dram::sequencer::Arbitration;
use serde::{Deserialize, Serialize};
use workloads::prefill::PrefillSpec;
use workloads::{GeneratorSpec, KvLengths, ModelSpec, PlacementSpec};

use super::error::ConfigError;
use super::laws::GpuLaw;
use super::load::{load, load_device};
use crate::method::Method;
use crate::pim::{AttentionChannels, KvPlacement};

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
    /// Measured collectives of these GPUs, for those who ask for them.
    pub collectives: Option<String>,
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
    /// What collectives on it cost.
    pub link_law: LawSpec,
    /// HBM-PIM of a GPU.
    pub pim: DeviceSpec,
}

impl System {
    /// A preset or file, with all of its parts; its laws are those of the paper.
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
            link_law: LawSpec::Paper,
            pim: load_device(&spec.pim)?,
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
    /// So many for every method. Range: 1 and above.
    Fixed(u32),
}

/// Pseudo-channels on which an expert of PIMoE lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpertChannels {
    /// Those of a GPU over its experts, or the next number below that divides them into whole command channels.
    Auto,
    /// So many; experts share groups where there are more experts than groups.
    Fixed(u32),
}

/// The software that drives the hardware.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeSpec {
    /// Mini-batches that overlap.
    pub minibatches: Minibatches,
    /// Time of the placement decision per 256 experts of a layer. Range: 0 to 1,000,000,000.
    pub scheduler_ns_per_256_experts: u64,
    /// Weight of a new observation in the cost table. Range: 1 to 100.
    pub cost_weight_percent: u32,
    /// Tokens of a KV block. Range: 1 to the elements that a row and the vector buffer hold.
    pub kv_block_tokens: u32,
    /// Placement of KV blocks.
    pub kv_placement: KvPlacement,
    /// Share of the cached tokens that the longest requests hold which attend on the GPU although PIM could. Range: 0 to 100.
    pub attention_on_gpu_percent: u32,
    /// Channels that are simulated while units attend.
    pub attention_channels: AttentionChannels,
    /// Weights of experts that the chip has room for before the kernel that takes them begins; 0 reads nothing ahead.
    pub early_load_bytes: u64,
    /// Who goes first on a channel where the GPU reads while PIM units work.
    pub arbitration: Arbitration,
    /// Pseudo-channels of an expert where whole experts lie on channel groups.
    pub pimoe_channels_per_expert: ExpertChannels,
    /// Path prefix -> where the numbers below it come from.
    pub sources: BTreeMap<String, String>,
}

/// What is run. Its defaults are choices of this program; the law of `kv_tokens` is a fit to decode batches of
/// AzureLLMInference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSpec {
    /// GPUs of the server; those of the model file unless said otherwise. Range: 1 to `model.experts.count`.
    pub gpus: u32,
    /// Requests in a decode batch, over all GPUs. Range: each 1 to 65,536, none twice.
    pub batches: Vec<u32>,
    /// Methods compared. Range: one or more, none twice.
    pub methods: Vec<Method>,
    /// Decode steps that are measured. Range: 1 to 1,048,576.
    pub steps: u32,
    /// Decode steps before, which fill the cost table. Range: 0 to 1,048,576; above 0 for a placement that looks at loads.
    pub warmup_steps: u32,
    /// Seed of routing and request lengths.
    pub seed: u64,
    /// KV lengths of requests.
    pub kv_tokens: KvLengths,
    /// Where the routing of tokens to experts comes from; the law of the model file unless said otherwise.
    pub routing: Routing,
    /// Experts on GPUs: `contiguous`, `permuted`, `balanced`, or `balanced+N` with N replicas a GPU. Range: at most as many
    /// replicas as a GPU lacks experts.
    pub placement: PlacementSpec,
    /// Prompts that are taken in beside the decode batch. Range: not with a trace.
    pub prefill: Option<PrefillSpec>,
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
