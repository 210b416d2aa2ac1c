//! `sieve replay`.

mod judge;
mod prompts;
mod write;

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use pim_dram::sequencer::Arbitration;
use sieve_sched::claims::{Conditions, Measured, MeasuredModel};
use sieve_sched::config::{Assignment, Config, Minibatches, Routing, RuntimeSpec, apply, laws};
use sieve_sched::method::Method;
use sieve_sched::report::{Folder, Summary, table};
use sieve_sched::run::Results;
use workloads::{KvLengths, PlacementSpec};

use self::judge::{Replay, judged};
use self::prompts::Prompts;
use self::write::{manifest, write};
use crate::claims;
use crate::names::named;
use crate::options::{Outcome, aliases, pool, print, print_json};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve replay --batch 16,64 --methods pimoe,sieve\n  sieve replay --model gpt-oss-120b --gpu-law calibrated --link-law measured\n  sieve replay --set tFAW=30 --set 'popularity=dirichlet(shape: 0.042)'"
)]
pub(crate) struct Options {
    /// System preset, or path of a .ron file
    #[arg(long, default_value = "b200-hbm-pim")]
    system: String,
    /// Model presets, or paths of .ron files, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "qwen3-30b-a3b")]
    model: Vec<String>,
    /// Requests in a decode batch, over all GPUs
    #[arg(long, value_delimiter = ',', default_value = "1,2,4,8,16,32,64,128,256")]
    batch: Vec<u32>,
    /// Methods: gpu-only, noexp, allexp, pimoe, pimoe-tp, sieve, and beyond the paper sieve+ and optimal (slow)
    #[arg(
        long,
        value_name = "METHOD",
        value_delimiter = ',',
        default_value = "gpu-only,noexp,allexp,pimoe,pimoe-tp,sieve"
    )]
    methods: Vec<Method>,
    /// Replay the routing of a trace, in any format that `sieve trace` reads
    #[arg(long, value_name = "FILE", conflicts_with = "synthetic")]
    trace: Option<String>,
    /// Draw routing by a preset, or a .ron file [default: the model's]
    #[arg(long, value_name = "ROUTING")]
    synthetic: Option<String>,
    /// Decode steps that are measured
    #[arg(long, default_value_t = 4)]
    steps: u32,
    /// Decode steps before those, which fill the cost table
    #[arg(long, default_value_t = 2)]
    warmup_steps: u32,
    /// Seed of routing and request lengths
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Tokens in a request's KV cache: 1024, lognormal(MEDIAN, SIGMA, LONGEST), weibull(SHAPE, SCALE, LONGEST), or
    /// file(PATH): a length a line, or the column `tokens` of a CSV table
    #[arg(long, value_name = "LENGTHS", default_value_t = KvLengths::AZURE, value_parser = named::<KvLengths>("LENGTHS"))]
    kv_len: KvLengths,
    /// Mini-batches that overlap: auto (2 with PIM, 1 without) or a number for every method [default: auto]
    #[arg(long, value_name = "N")]
    minibatches: Option<String>,
    /// Time of a placement decision in us per 256 experts of a layer [default: 20]
    #[arg(long, value_name = "US")]
    scheduler_cost: Option<f64>,
    /// How long GPU kernels take: roofline, calibrated (as measured on the system's GPU), a law such as b200-sglang, or a .ron
    /// file
    #[arg(long, value_name = "GPU_LAW", default_value = "roofline")]
    gpu_law: String,
    /// Threads [default: all cores]; results do not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Results folder; made if it is not there, replaced if it holds earlier results
    #[arg(long, value_name = "DIR", default_value = "results/replay")]
    out: PathBuf,
    /// Change any field of the configuration, such as refresh=none or pim.timing.tFAW=30; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<Assignment>,
    /// Short for --set activation=: per_bank, ganged(N) or all_bank
    #[arg(long, value_name = "ACTIVATION")]
    activation: Option<String>,
    /// Short for --set refresh=: none, all_bank, per_bank or same_bank
    #[arg(long, value_name = "REFRESH")]
    refresh: Option<String>,
    /// Short for --set kv_placement=: block or request
    #[arg(long, value_name = "KV_PLACEMENT")]
    kv_placement: Option<String>,
    /// Who goes first where the GPU reads while PIM works: pim-first, host-first or batched:N
    #[arg(long)]
    arbitration: Option<Arbitration>,
    /// What collectives cost: paper, measured (on the GPUs of the system), or measurements by preset or .ron file
    #[arg(long, value_name = "LINK_LAW", default_value = "paper")]
    link_law: String,
    /// Experts on GPUs: contiguous, permuted, balanced by the loads of the warm-up steps, or balanced+N with N replicas a GPU
    #[arg(long, default_value_t = PlacementSpec::Contiguous, value_parser = named::<PlacementSpec>("PLACEMENT"))]
    placement: PlacementSpec,
    #[command(flatten)]
    prompts: Prompts,
    /// Judge the paper's claims R1 to R9, which replays more: with placement for free, and with one mini-batch [default: if
    /// the three models of the paper are replayed under all of its methods, neither --minibatches nor --scheduler-cost given]
    #[arg(long, conflicts_with_all = ["minibatches", "scheduler_cost", "no_claims"])]
    claims: bool,
    /// Do not judge the paper's claims
    #[arg(long)]
    no_claims: bool,
    /// Print one JSON object, the summary, and nothing else
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let begun = Instant::now();
    if let Some(twice) =
        (1..options.model.len()).find(|&n| options.model[..n].contains(&options.model[n]))
    {
        return Err(format!("--model: {} stands there twice", options.model[twice]).into());
    }
    let configs =
        options.model.iter().map(|model| options.config(model)).collect::<Result<Vec<_>, _>>()?;
    for config in &configs {
        config.check()?;
    }
    let claims = judged(options, &configs)?;
    let folder = Folder::begin(&options.out)?;
    let pool = pool(options.threads)?;
    let replays = (configs.iter())
        .map(|config| Replay::new(config, claims.as_deref()))
        .collect::<Result<Vec<_>, _>>()?;
    let points = replays.iter().map(Replay::points).sum::<usize>();
    let bar = ProgressBar::new(points as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} points, {eta} left")?);
    let results = pool.install(|| {
        replays.iter().map(|replay| replay.run(&|| bar.inc(1))).collect::<Result<Vec<_>, _>>()
    });
    bar.finish_and_clear();
    let (results, measured): (Vec<Results>, Vec<Option<MeasuredModel>>) =
        results?.into_iter().unzip();
    let summary = Summary::new(&results);
    for warning in summary.models.iter().flat_map(|model| &model.warnings) {
        log::warn!("{warning}");
    }
    write(&folder, &results, &summary)?;
    let verdicts = match &claims {
        Some(claims) => {
            let models = measured.into_iter().flatten().collect();
            let measured = Measured { conditions: Conditions::of(&configs[0]), models };
            Some(claims::write(&folder, claims, &measured)?)
        }
        None => None,
    };
    folder.write("manifest.json", &manifest(begun, pool.current_num_threads())?)?;
    folder.finish()?;
    if options.json {
        return print_json(&summary);
    }
    for model in &summary.models {
        print(&table(model))?;
    }
    if let Some(verdicts) = verdicts {
        print(&verdicts)?;
    }
    for note in &summary.notes {
        print(&format!("note: {note}"))?;
    }
    print(&format!("results in {}", options.out.display()))
}

impl Options {
    fn config(&self, model: &str) -> Result<Config, Box<dyn Error>> {
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
        Ok(apply(&config, &set)?)
    }

    fn runtime(&self, runtime: &mut RuntimeSpec) -> Outcome {
        runtime.minibatches = match self.minibatches.as_deref() {
            None | Some("auto") => Minibatches::Auto,
            Some(number) => Minibatches::Fixed(number.parse().map_err(|_| {
                format!("--minibatches {number}: expected auto or a number of at least 1")
            })?),
        };
        if let Some(us) = self.scheduler_cost {
            if !(0.0..=1e6).contains(&us) {
                return Err(format!("--scheduler-cost {us}: expected 0 to 1000000 us").into());
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
