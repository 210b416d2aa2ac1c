//! What figures replay, each point once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::FigureError;
use super::routed::Named;
use crate::config::{Assignment, Config, ConfigError, apply};
use crate::method::Method;
use crate::run::{Job, Results, Session};

/// Models, batches and methods of a figure, and the conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replays {
    /// System preset, or path of a file.
    pub system: String,
    /// Models.
    pub models: Vec<Named>,
    /// Requests of a batch, over all GPUs.
    pub batches: Vec<u32>,
    /// Methods.
    #[serde(with = "super::methods::some")]
    pub methods: Vec<Method>,
    /// Decode steps measured.
    pub steps: u32,
    /// Decode steps before those.
    pub warmup_steps: u32,
    /// Preset or file of prompts taken in beside decode; none if empty.
    pub prompts: String,
    /// Changes to the configuration, as `--set` takes them.
    pub set: Vec<String>,
}

/// What has been replayed, by configuration, batch and method.
#[derive(Debug, Default)]
pub struct Replayed {
    known: BTreeMap<String, Results>,
}

impl Replays {
    pub(super) fn points(&self) -> usize {
        self.models.len() * self.batches.len() * self.methods.len()
    }

    /// The configuration of each model.
    fn configs(&self) -> Result<Vec<Config>, FigureError> {
        let of = |model: &Named| {
            let mut config = Config::of(&self.system, &model.model)?;
            let run = &mut config.run;
            run.batches.clone_from(&self.batches);
            run.methods.clone_from(&self.methods);
            (run.steps, run.warmup_steps) = (self.steps, self.warmup_steps);
            if !self.prompts.is_empty() {
                run.take_prompts(&self.prompts)?;
            }
            let set = self.set.iter().map(|text| text.parse::<Assignment>());
            let config = apply(&config, &set.collect::<Result<Vec<_>, _>>()?)?;
            config.check()?;
            Ok(config)
        };
        self.models.iter().map(of).collect()
    }
}

impl Replayed {
    /// Replays what is not known yet. Results are by model, their points by batch, then method.
    pub(super) fn run(
        &mut self,
        replays: &Replays,
        done: &(dyn Fn() + Sync),
    ) -> Result<Vec<Results>, FigureError> {
        replays.configs()?.iter().map(|config| self.model(config, done)).collect()
    }

    fn model(&mut self, config: &Config, done: &(dyn Fn() + Sync)) -> Result<Results, FigureError> {
        let (known, missing): (Vec<Job<'_>>, Vec<Job<'_>>) =
            Job::all(config).into_iter().partition(|job| self.known.contains_key(&key(job)));
        known.iter().for_each(|_| done());
        if !missing.is_empty() {
            let session = Session::new(config)?;
            let points = session.points(&missing, &Method::policy, done)?;
            let all = session.results(config, points)?;
            for (job, point) in missing.iter().zip(all.points) {
                let results = Results {
                    config: only(job),
                    device: all.device.clone(),
                    routing: vec![all.routing[job.batch]],
                    points: vec![point],
                    warnings: all.warnings.clone(),
                };
                self.known.insert(key(job), results);
            }
        }
        let keys: Vec<String> = Job::all(config).iter().map(key).collect();
        let found: Vec<&Results> = keys.iter().filter_map(|key| self.known.get(key)).collect();
        let first = found.first().ok_or_else(|| {
            ConfigError::Invalid("a figure without batches or methods, it needs one of each".into())
        })?;
        Ok(Results {
            config: config.clone(),
            device: first.device.clone(),
            routing: found.iter().step_by(config.run.methods.len()).map(|r| r.routing[0]).collect(),
            points: found.iter().flat_map(|results| results.points.clone()).collect(),
            warnings: first.warnings.clone(),
        })
    }
}

/// The configuration of a job alone.
fn only(job: &Job<'_>) -> Config {
    let mut config = job.config.clone();
    config.run.batches = vec![job.config.run.batches[job.batch]];
    config.run.methods = vec![job.method];
    config
}

/// What decides the numbers of a job.
fn key(job: &Job<'_>) -> String {
    // Never fails: a configuration is plain data.
    ron::to_string(&only(job)).unwrap_or_default()
}
