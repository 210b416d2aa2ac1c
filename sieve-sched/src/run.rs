//! All points of one configuration, in parallel; the results do not depend on how many threads there are.

use std::cmp::Reverse;
use std::sync::{Mutex, PoisonError};

use pim_dram::device::Device;
use pim_dram::memo::Memo;
use pim_dram::peaks::Peaks;
use rayon::prelude::*;
use workloads::prefill::Prefill;
use workloads::stats::LoadStats;
use workloads::{Decode, RoutingSource, Step, Trace};

use crate::config::{Config, ConfigError, GpuLaw, Routing};
use crate::method::Method;
use crate::replay::batch::Split;
use crate::replay::bound::Bound;
use crate::replay::plan::Plan;
use crate::replay::point::{Point, Policies};

/// How far a GPU's bandwidth may be from that of its memory before it is worth a warning; a data sheet rounds.
const MOST_APART: f64 = 0.05;

/// Tokens of a batch and their routing, over all measured steps and layers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchRouting {
    /// Requests.
    pub batch: u32,
    /// Means over steps and layers; shared experts are not counted.
    pub counts: LoadStats,
    /// Tokens of prompts per step.
    pub prefill_tokens: f64,
    /// Prompts that end, per step.
    pub prompts_finished: f64,
    /// Beside prompts, the measured steps by arithmetic at two mini-batches or as many as were asked for: with PIM at its peak, and as
    /// simulated on idle channels.
    pub bounds: Option<[Bound; 2]>,
}

/// Everything that a configuration gives.
#[derive(Debug)]
pub struct Results {
    /// The configuration.
    pub config: Config,
    /// Its PIM device.
    pub device: Device,
    /// Routing by batch, in the configuration's order.
    pub routing: Vec<BatchRouting>,
    /// Points by batch, then method, in the configuration's order.
    pub points: Vec<Point>,
    /// What a user should know before trusting the numbers.
    pub warnings: Vec<String>,
}

/// What the points of a model share: its device, and the steps of each batch.
#[derive(Debug)]
pub struct Session {
    device: Device,
    /// By batch, warm-up first.
    steps: Vec<Vec<Step>>,
}

/// A point to replay.
#[derive(Clone, Copy, Debug)]
pub struct Job<'c> {
    /// Its configuration; a session's jobs may differ in `runtime`.
    pub config: &'c Config,
    /// Place of its batch in `run.batches`.
    pub batch: usize,
    /// Its method.
    pub method: Method,
}

impl<'c> Job<'c> {
    /// Every batch under every method, by batch.
    #[must_use]
    pub fn all(config: &'c Config) -> Vec<Self> {
        let of =
            |batch| config.run.methods.iter().map(move |&method| Self { config, batch, method });
        (0..config.run.batches.len()).flat_map(of).collect()
    }

    fn requests(&self) -> u32 {
        self.config.run.batches[self.batch]
    }
}

/// Replays every batch under every method. `done` is called after each point.
///
/// # Errors
/// Numbers that contradict each other, unreadable traces, traces that do not fit the model.
pub fn run(config: &Config, done: &(dyn Fn() + Sync)) -> Result<Results, ConfigError> {
    run_with(config, &Method::policy, done)
}

/// As [`run`], with policies that need not be those of the methods.
///
/// # Errors
/// Those of [`run`].
pub fn run_with(
    config: &Config,
    policies: &Policies<'_>,
    done: &(dyn Fn() + Sync),
) -> Result<Results, ConfigError> {
    let session = Session::new(config)?;
    let points = session.points(&Job::all(config), policies, done)?;
    session.results(config, points)
}

impl Session {
    /// Draws the steps of a configuration.
    ///
    /// # Errors
    /// Numbers that contradict each other, unreadable traces, traces that do not fit the model.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        config.check()?;
        let device =
            Device::new(&config.system.pim).map_err(|e| ConfigError::Invalid(e.to_string()))?;
        let source = source(config)?;
        let steps = (config.run.batches.par_iter())
            .map(|&batch| draw(config, &source, batch))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { device, steps })
    }

    /// Replays jobs; the points are in their order. `done` is called after each.
    ///
    /// # Errors
    /// What a method needs of the hardware and does not find.
    pub fn points(
        &self,
        jobs: &[Job<'_>],
        policies: &Policies<'_>,
        done: &(dyn Fn() + Sync),
    ) -> Result<Vec<Point>, ConfigError> {
        // What takes longest goes first, so that no thread is left with it alone.
        let mut order: Vec<usize> = (0..jobs.len()).collect();
        order.sort_by_key(|&place| {
            let job = &jobs[place];
            (Reverse(job.method.traits().layout), Reverse(job.requests()))
        });
        // As many memos as threads ever run at once, handed from point to point.
        let memos = Mutex::new(Vec::new());
        let mut points: Vec<_> = (order.par_iter().with_max_len(1))
            .map(|&place| {
                let job = &jobs[place];
                let known = memos.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let mut memo = known.unwrap_or_else(|| Memo::new(&self.device));
                let steps = &self.steps[job.batch];
                let (batch, method) = (job.requests(), job.method);
                let point = Point::run(job.config, &mut memo, batch, method, policies, steps);
                memos.lock().unwrap_or_else(PoisonError::into_inner).push(memo);
                done();
                point.map(|point| (place, point))
            })
            .collect::<Result<Vec<_>, _>>()?;
        points.sort_by_key(|&(place, _)| place);
        Ok(points.into_iter().map(|(_, point)| point).collect())
    }

    /// The results of a configuration, given the points of all of its jobs.
    ///
    /// # Errors
    /// What a bound needs of the hardware and does not find.
    pub fn results(self, config: &Config, points: Vec<Point>) -> Result<Results, ConfigError> {
        let Self { device, steps } = self;
        let warmup = config.run.warmup_steps as usize;
        let routing = (config.run.batches.par_iter().zip(&steps))
            .map(|(&batch, steps)| BatchRouting::of(config, &device, batch, steps.split_at(warmup)))
            .collect::<Result<_, _>>()?;
        let warnings = [
            capacity_warnings(config, &device),
            bandwidth_warnings(config, &device),
            law_warnings(config),
            power_warnings(config, &points),
        ]
        .concat();
        Ok(Results { config: config.clone(), device, routing, points, warnings })
    }
}

fn source(config: &Config) -> Result<RoutingSource, ConfigError> {
    Ok(match &config.run.routing {
        Routing::Synthetic(spec) => RoutingSource::Synthetic(spec.clone()),
        Routing::Trace(file) => {
            let trace = Trace::read(file, &config.model);
            RoutingSource::Trace(trace.map_err(|e| ConfigError::Invalid(e.to_string()))?)
        }
    })
}

/// The steps of a batch, warm-up first, and beside them the chunks of its prompts.
fn draw(config: &Config, source: &RoutingSource, batch: u32) -> Result<Vec<Step>, ConfigError> {
    let (run, model) = (&config.run, &config.model);
    let invalid = |error: &dyn std::error::Error| ConfigError::Invalid(error.to_string());
    let lengths = run.kv_tokens.clone();
    let mut decode = Decode::new(source.clone(), model, batch as usize, lengths, run.seed)
        .map_err(|e| invalid(&e))?;
    let mut prefill = match (&run.prefill, source) {
        (Some(spec), RoutingSource::Synthetic(routing)) => {
            let prefill = Prefill::new(spec, routing, model, batch, run.seed);
            Some(prefill.map_err(|e| invalid(&e))?)
        }
        _ => None,
    };
    let step = |_| match &mut prefill {
        Some(prefill) => decode.next_step().beside(prefill.next_step()),
        None => decode.next_step().clone(),
    };
    Ok((0..run.warmup_steps + run.steps).map(step).collect())
}

impl BatchRouting {
    fn of(
        config: &Config,
        device: &Device,
        batch: u32,
        (seen, steps): (&[Step], &[Step]),
    ) -> Result<Self, ConfigError> {
        let model = &config.model;
        let of_step = |step: &Step| {
            (0..model.moe_layers())
                .map(|layer| LoadStats::of(&step.tokens_per_expert(layer)))
                .collect::<Vec<_>>()
        };
        let per_step = |of: &dyn Fn(&Step) -> usize| {
            steps.iter().map(of).sum::<usize>() as f64 / (steps.len() as f64).max(1.0)
        };
        let on_pim = config.run.methods.iter().any(|method| method.traits().pim);
        let bounds = (config.run.prefill.is_some() && on_pim)
            .then(|| bounds(config, device, batch, (seen, steps)))
            .transpose()?;
        Ok(Self {
            batch,
            counts: LoadStats::mean(steps.iter().flat_map(of_step)).unwrap_or_default(),
            prefill_tokens: per_step(&Step::prefill_tokens),
            prompts_finished: per_step(&|step| step.chunks.iter().filter(|c| c.last).count()),
            bounds,
        })
    }
}

/// What arithmetic says of all steps, at the mini-batches of methods that place experts.
fn bounds(
    config: &Config,
    device: &Device,
    batch: u32,
    (seen, steps): (&[Step], &[Step]),
) -> Result<[Bound; 2], ConfigError> {
    let method = Method::Sieve;
    let plan = Plan::new(config, device, method, seen)?;
    let prompts = steps.first().map_or(0, |step| step.chunks.len());
    let minibatches = config.runtime.minibatches;
    let split = Split::new(batch as usize, prompts, plan.gpus, minibatches, method);
    let mut memo = Memo::new(device);
    Ok(steps.iter().fold([Bound::ZERO; 2], |sum, step| {
        let more = Bound::of_step(&plan, &mut memo, step, &split);
        [sum[0].then(more[0]), sum[1].then(more[1])]
    }))
}

/// The GPU's bandwidth is what placement expects, the channels are what replays read from.
fn bandwidth_warnings(config: &Config, device: &Device) -> Vec<String> {
    let [expected, peak] =
        [config.system.gpu.hbm_bytes_per_s as f64, Peaks::external(device).external_bytes_per_s]
            .map(|b| b / 1e12);
    let off = (expected / peak - 1.0).abs() > MOST_APART;
    off.then(|| {
        format!(
            "GPU `{}` has {expected:.2} TB/s, the channels of `{}` carry {peak:.2} TB/s at peak; placement expects the one, reads take the other",
            config.system.gpu.name, device.spec.name
        )
    })
    .into_iter()
    .collect()
}

/// A measured law that was not measured on this GPU, or not for all kinds of kernels.
fn law_warnings(config: &Config) -> Vec<String> {
    let (gpu, GpuLaw::Calibrated(law)) = (&config.system.gpu, &config.system.gpu_law) else {
        return Vec::new();
    };
    let mut warnings = Vec::new();
    if law.gpu != gpu.name {
        warnings.push(format!(
            "GPU law `{}` was measured on `{}`, the system has `{}`",
            law.name, law.gpu, gpu.name
        ));
    }
    let missing = law.missing();
    if !missing.is_empty() {
        warnings.push(format!(
            "GPU law `{}` was not measured for {}; these follow the roofline of `{}`, which is faster than any measurement",
            law.name,
            missing.join(", "),
            gpu.name
        ));
    }
    let fastest = law.fastest_bytes_per_s();
    if fastest > gpu.hbm_bytes_per_s {
        warnings.push(format!(
            "GPU law `{}` reads up to {:.2} TB/s, the HBM of `{}` has {:.2} TB/s",
            law.name,
            fastest as f64 / 1e12,
            gpu.name,
            gpu.hbm_bytes_per_s as f64 / 1e12
        ));
    }
    warnings
}

/// Points that no cooling of the GPU is made for.
fn power_warnings(config: &Config, points: &[Point]) -> Vec<String> {
    let gpu = &config.system.gpu;
    let over = |point: &Point| {
        let limit = gpu.energy?.limit_w;
        let watts = point.energy.as_ref()?.watts(point.time, point.gpus);
        (watts > limit).then(|| {
            format!(
                "{} at batch {}: {} draws {watts:.0} W a GPU on average, `{}` may draw {limit} W",
                config.model.name, point.batch, point.method, gpu.name
            )
        })
    };
    points.iter().filter_map(over).collect()
}

/// A model that does not fit is simulated all the same: the paper's own Qwen3.5 setup barely does or does not.
fn capacity_warnings(config: &Config, device: &Device) -> Vec<String> {
    let model = &config.model;
    let bytes = model.parameter_bytes();
    let replicas = u64::from(config.run.placement.replicas()) * u64::from(model.moe_layers());
    let weights = bytes.routed_experts.div_ceil(u64::from(config.run.gpus))
        + replicas * model.expert_bytes()
        + bytes.other;
    let memories = [
        (true, "HBM-PIM", device.spec.geometry.capacity_bytes()),
        (false, "HBM", config.system.gpu.hbm_capacity_bytes),
    ];
    let gb = |bytes: u64| bytes as f64 / 1e9;
    memories
        .iter()
        .filter(|(pim, _, capacity)| {
            weights > *capacity && config.run.methods.iter().any(|m| m.traits().pim == *pim)
        })
        .map(|(_, name, capacity)| {
            format!(
                "{}: {:.1} GB of weights a GPU do not fit {:.1} GB of {name}; simulated as if they did",
                model.name,
                gb(weights),
                gb(*capacity)
            )
        })
        .collect()
}
