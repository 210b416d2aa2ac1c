//! All points of one configuration, in parallel; the results do not depend on how many threads there are.

mod routing;
mod warnings;

use std::cmp::Reverse;
use std::sync::{Mutex, PoisonError};

use pim_dram::device::Device;
use pim_dram::memo::Memo;
use rayon::prelude::*;
use workloads::prefill::Prefill;
use workloads::{Decode, RoutingSource, Step, Trace};

pub use self::routing::BatchRouting;
use crate::config::{Config, ConfigError, Routing};
use crate::method::Method;
use crate::replay::point::{Point, Policies, Replay};
use crate::replay::record::Recorder;
use crate::stop::Stop;

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
    stop: Stop,
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
        Ok(Self { device, steps, stop: Stop::default() })
    }

    /// With a way to end it early.
    #[must_use]
    pub fn until(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    /// The PIM device.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The steps of a batch by its place in `run.batches`, warm-up first.
    #[must_use]
    pub fn steps(&self, batch: usize) -> &[Step] {
        &self.steps[batch]
    }

    /// Replays jobs; the points are in their order. `done` is called after each.
    ///
    /// # Errors
    /// What a method needs of the hardware and does not find, and being stopped.
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
                self.stop.check()?;
                let job = &jobs[place];
                let known = memos.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let mut memo = known.unwrap_or_else(|| Memo::new(&self.device));
                let point = Point::run(self.replay(job, policies), &mut memo);
                memos.lock().unwrap_or_else(PoisonError::into_inner).push(memo);
                done();
                point.map(|point| (place, point))
            })
            .collect::<Result<Vec<_>, _>>()?;
        points.sort_by_key(|&(place, _)| place);
        let memos = memos.into_inner().unwrap_or_else(PoisonError::into_inner);
        let simulated: u64 = memos.iter().map(Memo::simulated_commands).sum();
        let commands: u64 = points.iter().map(|(_, point)| point.tally.total_commands()).sum();
        log::info!("{commands} commands of all channels, {simulated} of them simulated one by one");
        Ok(points.into_iter().map(|(_, point)| point).collect())
    }

    /// Replays a job while a recorder keeps one of its steps.
    ///
    /// # Errors
    /// What a method needs of the hardware and does not find.
    pub fn recorded(
        &self,
        job: &Job<'_>,
        policies: &Policies<'_>,
        recorder: &mut Recorder,
    ) -> Result<Point, ConfigError> {
        let memo = &mut Memo::new(&self.device);
        Point::recorded(self.replay(job, policies), memo, recorder)
    }

    fn replay<'a>(&'a self, job: &Job<'a>, policies: &'a Policies<'a>) -> Replay<'a> {
        Replay {
            config: job.config,
            batch: job.requests(),
            method: job.method,
            policies,
            steps: &self.steps[job.batch],
        }
    }

    /// The results of a configuration, given the points of all of its jobs.
    ///
    /// # Errors
    /// What a bound needs of the hardware and does not find.
    pub fn results(self, config: &Config, points: Vec<Point>) -> Result<Results, ConfigError> {
        let Self { device, steps, .. } = self;
        let warmup = config.run.warmup_steps as usize;
        let routing = (config.run.batches.par_iter().zip(&steps))
            .map(|(&batch, steps)| BatchRouting::of(config, &device, batch, steps.split_at(warmup)))
            .collect::<Result<_, _>>()?;
        let warnings = warnings::of(config, &device, &points);
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
