//! What is replayed, and whether the paper's claims are judged by it.

use std::error::Error;

use sieve_sched::claims::{Claim, Expert, MeasuredModel, Settings};
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
    let plain = options.minibatches.is_none() && options.scheduler_cost.is_none();
    let all = Claim::METHODS.iter().all(|method| options.methods.contains(method));
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
    settings: Option<Settings>,
}

impl<'c> Replay<'c> {
    pub(super) fn new(config: &'c Config, claims: Option<&[Claim]>) -> Self {
        let named = claims.is_some_and(|c| Claim::models(c).contains(&config.model.name.as_str()));
        Self { config, settings: named.then(|| Settings::new(config)) }
    }

    pub(super) fn points(&self) -> usize {
        let Self { config, settings } = self;
        settings.as_ref().map_or_else(|| Job::all(config).len(), |settings| settings.jobs().len())
    }

    pub(super) fn run(
        &self,
        done: &(dyn Fn() + Sync),
    ) -> Result<(Results, Option<MeasuredModel>), ConfigError> {
        let Self { config, settings } = self;
        let session = Session::new(config)?;
        let Some(settings) = settings else {
            let points = session.points(&Job::all(config), &Method::policy, done)?;
            return Ok((session.results(config, points)?, None));
        };
        let (points, measured) = settings.run(&session, done)?;
        let measured = MeasuredModel::new(config, Expert::of(config)?, measured);
        Ok((session.results(config, points)?, Some(measured)))
    }
}
