//! Options of a replay.

use clap::Args;
use pim_dram::sequencer::Arbitration;
use workloads::{KvLengths, PlacementSpec};

use super::device::aliases;
use super::names::named;
use super::prompts::Prompts;
use super::whole;
use crate::config::{
    Assignment, Config, ConfigError, Minibatches, Routing, RuntimeSpec, apply, laws,
};
use crate::method::Method;

/// Models on a system, and how they are replayed.
#[derive(Args, Clone, Debug)]
pub struct ReplayOptions {
    /// System preset, or path of a .ron file
    #[arg(long, default_value = "b200-hbm-pim")]
    pub system: String,
    /// Model presets, or paths of .ron files, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "qwen3-30b-a3b")]
    pub model: Vec<String>,
    /// Requests in a decode batch, over all GPUs
    #[arg(long, value_delimiter = ',', default_value = "1,2,4,8,16,32,64,128,256", value_parser = whole(1..=1 << 16))]
    pub batch: Vec<u32>,
    /// Methods: gpu-only, noexp, allexp, pimoe, pimoe-tp, sieve, and beyond the paper sieve+ and optimal (slow)
    #[arg(
        long,
        value_name = "METHOD",
        value_delimiter = ',',
        default_value = "gpu-only,noexp,allexp,pimoe,pimoe-tp,sieve"
    )]
    pub methods: Vec<Method>,
    /// Replay the routing of a trace, in any format that `sieve trace` reads
    #[arg(long, value_name = "FILE", conflicts_with = "synthetic")]
    pub trace: Option<String>,
    /// Draw routing by a preset, or a .ron file [default: the model's]
    #[arg(long, value_name = "ROUTING")]
    pub synthetic: Option<String>,
    /// Decode steps that are measured
    #[arg(long, default_value_t = 4, value_parser = whole(1..=1 << 20))]
    pub steps: u32,
    /// Decode steps before those, which fill the cost table
    #[arg(long, default_value_t = 2, value_parser = whole(0..=1 << 20))]
    pub warmup_steps: u32,
    /// Seed of routing and request lengths
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Tokens in a request's KV cache: 1024, lognormal(MEDIAN, SIGMA, LONGEST), weibull(SHAPE, SCALE, LONGEST), or
    /// file(PATH): a length a line, or the column `tokens` of a CSV table
    #[arg(long, value_name = "LENGTHS", default_value_t = KvLengths::AZURE, value_parser = named::<KvLengths>("LENGTHS"))]
    pub kv_len: KvLengths,
    /// Mini-batches that overlap: auto (2 with PIM, 1 without) or a number for every method [default: auto]
    #[arg(long, value_name = "N")]
    pub minibatches: Option<String>,
    /// Time of a placement decision in us per 256 experts of a layer [default: 20]
    #[arg(long, value_name = "US")]
    pub scheduler_cost: Option<f64>,
    /// How long GPU kernels take: roofline, calibrated (as measured on the system's GPU), a law such as b200-sglang, or a .ron
    /// file
    #[arg(long, value_name = "GPU_LAW", default_value = "roofline")]
    pub gpu_law: String,
    /// Change any field of the configuration, such as refresh=none or pim.timing.tFAW=30; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<Assignment>,
    /// Short for --set activation=: per_bank, ganged(N) or all_bank
    #[arg(long, value_name = "ACTIVATION")]
    pub activation: Option<String>,
    /// Short for --set refresh=: none, all_bank, per_bank or same_bank
    #[arg(long, value_name = "REFRESH")]
    pub refresh: Option<String>,
    /// Short for --set kv_placement=: block or request
    #[arg(long, value_name = "KV_PLACEMENT")]
    pub kv_placement: Option<String>,
    /// Who goes first where the GPU reads while PIM works: pim-first, host-first or batched:N
    #[arg(long)]
    pub arbitration: Option<Arbitration>,
    /// What collectives cost: paper, measured (on the GPUs of the system), or measurements by preset or .ron file
    #[arg(long, value_name = "LINK_LAW", default_value = "paper")]
    pub link_law: String,
    /// Experts on GPUs: contiguous, permuted, balanced by the loads of the warm-up steps, or balanced+N with N replicas a GPU
    #[arg(long, default_value_t = PlacementSpec::Contiguous, value_parser = named::<PlacementSpec>("PLACEMENT"))]
    pub placement: PlacementSpec,
    /// Prompts beside the batch.
    #[command(flatten)]
    pub prompts: Prompts,
}

impl ReplayOptions {
    /// The configuration of each model, checked.
    ///
    /// # Errors
    /// Unknown names, files that do not parse, changes that cannot be made, numbers that contradict each other.
    pub fn configs(&self) -> Result<Vec<Config>, ConfigError> {
        let models = &self.model;
        if let Some(twice) = (1..models.len()).find(|&n| models[..n].contains(&models[n])) {
            let says = format!("--model: {} stands there twice", models[twice]);
            return Err(ConfigError::Invalid(says));
        }
        let configs =
            models.iter().map(|model| self.config(model)).collect::<Result<Vec<_>, _>>()?;
        configs.iter().try_for_each(Config::check)?;
        Ok(configs)
    }

    fn config(&self, model: &str) -> Result<Config, ConfigError> {
        let mut config = Config::of(&self.system, model)?;
        let Config { system, runtime, run, .. } = &mut config;
        system.gpu_law = laws::of_gpu(&system.gpu.name, &self.gpu_law)?;
        system.link_law = laws::of_links(&self.system, &self.link_law)?;
        self.runtime(runtime)?;
        run.batches.clone_from(&self.batch);
        run.methods.clone_from(&self.methods);
        (run.steps, run.warmup_steps, run.seed) = (self.steps, self.warmup_steps, self.seed);
        run.kv_tokens = self.kv_len.clone();
        run.placement = self.placement;
        if let Some(file) = &self.trace {
            run.routing = Routing::Trace(file.clone());
        } else if let Some(preset) = &self.synthetic {
            run.routing = Routing::synthetic(preset)?;
        }
        self.prompts.take(run)?;
        let flags = [
            ("pim.activation", &self.activation),
            ("pim.refresh", &self.refresh),
            ("runtime.kv_placement", &self.kv_placement),
        ];
        let set: Vec<Assignment> = aliases(flags).chain(self.set.iter().cloned()).collect();
        apply(&config, &set)
    }

    fn runtime(&self, runtime: &mut RuntimeSpec) -> Result<(), ConfigError> {
        runtime.minibatches = match self.minibatches.as_deref() {
            None | Some("auto") => Minibatches::Auto,
            Some(number) => Minibatches::Fixed(number.parse().map_err(|_| {
                ConfigError::Invalid(format!(
                    "--minibatches {number}: expected auto or a number of at least 1"
                ))
            })?),
        };
        if let Some(us) = self.scheduler_cost {
            if !(0.0..=1e6).contains(&us) {
                let says = format!("--scheduler-cost {us}: expected 0 to 1000000 us");
                return Err(ConfigError::Invalid(says));
            }
            runtime.scheduler_ns_per_256_experts = (us * 1e3).round() as u64;
            runtime.sources.insert("scheduler_ns_per_256_experts".into(), "command line".into());
        }
        if let Some(arbitration) = self.arbitration {
            runtime.arbitration = arbitration;
            runtime.sources.insert("arbitration".into(), "command line".into());
        }
        Ok(())
    }
}
