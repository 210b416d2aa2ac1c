//! What is replayed, and whether the paper's claims are judged by it.

use std::error::Error;

use sieve_sched::claims::{Claim, Expert, Iterations, MeasuredModel, Prompts, Settings};
use sieve_sched::config::{Config, ConfigError, Minibatches};
use sieve_sched::method::Method;
use sieve_sched::run::{Job, Results, Session};

use super::Options;

/// The claims that are to be judged, if any.
pub(super) fn judged(
    options: &Options,
    configs: &[Config],
) -> Result<Option<Vec<Claim>>, Box<dyn Error>> {
    if options.no_claims {
        return Ok(None);
    }
    let claims = Claim::shipped()?;
    let models = Claim::models(&claims);
    let replayed = |model: &&str| configs.iter().any(|config| config.model.name == *model);
    let plain = options.replay.minibatches.is_none() && options.replay.scheduler_cost.is_none();
    let all = Claim::METHODS.iter().all(|method| options.replay.methods.contains(method));
    let wanted = options.claims || (plain && all && models.iter().all(replayed));
    if !wanted {
        return Ok(None);
    }
    if !models.iter().any(replayed) {
        return Err(format!("--claims: claims are about {}", models.join(", ")).into());
    }
    let minibatches = configs[0].runtime.minibatches;
    if minibatches != Minibatches::Auto {
        return Err("--claims: runtime.minibatches is set; claims are judged at auto".into());
    }
    Ok(Some(claims))
}

/// The replay of one model, and more of it where claims are judged.
pub(super) struct Replay<'c> {
    config: &'c Config,
    asked: Option<Asked>,
}

/// What claims ask of a model.
struct Asked {
    settings: Settings,
    prompts: Vec<Prompts>,
    iterations: Vec<Iterations>,
}

impl<'c> Replay<'c> {
    pub(super) fn new(config: &'c Config, claims: Option<&[Claim]>) -> Result<Self, ConfigError> {
        let name = config.model.name.as_str();
        let named = claims.filter(|claims| Claim::models(claims).contains(&name));
        let asked = named.map(|claims| Asked::new(config, claims)).transpose()?;
        Ok(Self { config, asked })
    }

    pub(super) fn points(&self) -> usize {
        self.asked.as_ref().map_or_else(|| Job::all(self.config).len(), Asked::points)
    }

    pub(super) fn run(
        &self,
        done: &(dyn Fn() + Sync),
    ) -> Result<(Results, Option<MeasuredModel>), ConfigError> {
        let Self { config, asked } = self;
        let session = Session::new(config)?;
        let Some(asked) = asked else {
            let points = session.points(&Job::all(config), &Method::policy, done)?;
            return Ok((session.results(config, points)?, None));
        };
        let (points, measured) = asked.settings.run(&session, done)?;
        let mut measured = MeasuredModel::new(config, Expert::of(config)?, measured);
        for prompts in &asked.prompts {
            measured.mixed.extend(prompts.replay(done)?);
        }
        for iterations in &asked.iterations {
            measured.convergence.extend(iterations.replay(done)?);
        }
        Ok((session.results(config, points)?, Some(measured)))
    }
}

impl Asked {
    fn new(config: &Config, claims: &[Claim]) -> Result<Self, ConfigError> {
        Ok(Self {
            settings: Settings::new(config),
            prompts: Prompts::asked(config, claims)?,
            iterations: Iterations::asked(config, claims),
        })
    }

    fn points(&self) -> usize {
        let prompts: usize = self.prompts.iter().map(Prompts::points).sum();
        let iterations: usize = self.iterations.iter().map(Iterations::points).sum();
        self.settings.jobs().len() + prompts + iterations
    }
}
