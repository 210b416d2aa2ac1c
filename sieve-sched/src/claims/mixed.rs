//! Prompts beside decode.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use workloads::KvLengths;

use super::claim::{Claim, Quantity};
use super::setting::Setting;
use crate::config::{Config, ConfigError, Routing};
use crate::method::Method;
use crate::replay::bound::Bound;
use crate::replay::point::Point;
use crate::run::{Job, Results, run};
use crate::time::micros;

/// Steps before those that are measured, and those: every layer of every step counts, and steps beside prompts are long.
const STEPS: [u32; 2] = [1, 1];

/// The set of prompts whose chunks and number are taken unless the configuration has its own.
const PROMPTS: &str = "sieve";

/// A step of decode with prompts beside it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mixed {
    /// Method.
    pub method: Method,
    /// Requests.
    pub batch: u32,
    /// Tokens of a prompt. Unit: tokens.
    pub prompt: u32,
    /// Mean time of a step.
    pub step_us: f64,
    /// How many times as fast as NoExp any partition may be, by arithmetic: PIM at its peak, and as simulated on idle channels.
    pub most_over_noexp: [f64; 2],
}

/// Prompts of one length beside some batches under some methods.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompts {
    tokens: u32,
    config: Config,
}

impl Prompts {
    /// Those that claims ask of a configuration's model, by length, with NoExp among the methods; none where a trace is replayed,
    /// which has no routing of prompts.
    ///
    /// # Errors
    /// A preset that does not parse.
    pub fn asked(config: &Config, claims: &[Claim]) -> Result<Vec<Self>, ConfigError> {
        let mut asked: BTreeMap<u32, Vec<(u32, Method)>> = BTreeMap::new();
        for quantity in Claim::quantities(claims, &config.model.name) {
            if let Quantity::Mixed { method, batch, prompt } = *quantity {
                asked.entry(prompt).or_default().push((batch, method));
            }
        }
        if matches!(config.run.routing, Routing::Trace(_)) {
            asked.clear();
        }
        asked.into_iter().map(|(tokens, points)| Self::new(config, tokens, &points)).collect()
    }

    fn new(config: &Config, tokens: u32, points: &[(u32, Method)]) -> Result<Self, ConfigError> {
        let mut config = Setting::Judged.of(config);
        let run = &mut config.run;
        run.batches = points.iter().map(|&(batch, _)| batch).collect();
        run.batches.sort_unstable();
        run.batches.dedup();
        let among = |m: &Method| *m == Method::Noexp || points.iter().any(|(_, of)| of == m);
        run.methods = Claim::METHODS.into_iter().filter(among).collect();
        [run.warmup_steps, run.steps] = STEPS;
        let prompts = match &mut run.prefill {
            Some(own) => own,
            None => run.take_prompts(PROMPTS)?,
        };
        prompts.prompt_tokens = KvLengths::Constant(tokens);
        prompts.sources.insert("prompt_tokens".to_owned(), "a claim asks for it".to_owned());
        Ok(Self { tokens, config })
    }

    /// Points to replay.
    #[must_use]
    pub fn points(&self) -> usize {
        Job::all(&self.config).len()
    }

    /// Replays them. `done` is called after each.
    ///
    /// # Errors
    /// Those of [`run`](crate::run::run).
    pub fn replay(&self, done: &(dyn Fn() + Sync)) -> Result<Vec<Mixed>, ConfigError> {
        let Results { routing, points, .. } = run(&self.config, done)?;
        let methods = self.config.run.methods.len();
        let of = |(at, point): (usize, &Point)| {
            Some(Mixed {
                method: point.method,
                batch: point.batch,
                prompt: self.tokens,
                step_us: micros(point.time) / f64::from(point.steps),
                most_over_noexp: routing[at / methods].bounds?.map(Bound::most_over_noexp),
            })
        };
        Ok(points.iter().enumerate().filter_map(of).collect())
    }
}
