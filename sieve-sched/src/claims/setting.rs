//! The settings under which claims are seen, and the replays that they need.

use serde::{Deserialize, Serialize};

use super::measured::MeasuredPoint;
use crate::config::{Config, ConfigError, Minibatches};
use crate::method::Method;
use crate::replay::batch::Split;
use crate::replay::point::Point;
use crate::run::{Job, Session};

/// How a batch is cut and what placement costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// Mini-batches as decided, placement for free: what claims are judged at.
    Judged,
    /// Mini-batches as decided, placement at its cost.
    Charged,
    /// One mini-batch, placement for free.
    OneMinibatch,
}

/// The configurations of one model, and the points that differ among them.
#[derive(Debug)]
pub struct Settings {
    /// In the order of [`Setting::ALL`].
    configs: [Config; Setting::ALL.len()],
    /// What is replayed.
    distinct: Vec<Distinct>,
    /// Place of the batch, method, and per setting the place in `distinct`.
    asked: Vec<(usize, Method, [usize; Setting::ALL.len()])>,
}

/// A point that some settings share.
#[derive(Debug)]
struct Distinct {
    setting: Setting,
    batch: usize,
    method: Method,
    /// What the setting makes of it: mini-batches, and the cost of scheduling per 256 experts.
    effect: (usize, u64),
}

impl Setting {
    /// Every setting.
    pub const ALL: [Self; 3] = [Self::Judged, Self::Charged, Self::OneMinibatch];

    /// A configuration under it.
    #[must_use]
    pub fn of(self, config: &Config) -> Config {
        let mut config = config.clone();
        let runtime = &mut config.runtime;
        runtime.minibatches = match self {
            Self::Judged | Self::Charged => Minibatches::Auto,
            Self::OneMinibatch => Minibatches::Fixed(1),
        };
        if self != Self::Charged {
            runtime.scheduler_ns_per_256_experts = 0;
        }
        config
    }
}

impl Settings {
    /// Of a configuration, whose batches and methods are taken.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let configs = Setting::ALL.map(|setting| setting.of(config));
        let mut distinct: Vec<Distinct> = Vec::new();
        let mut asked = Vec::new();
        for job in Job::all(config) {
            let (batch, method) = (job.batch, job.method);
            let places = Setting::ALL.map(|setting| {
                let effect = effect(&configs[setting as usize], batch, method);
                let same = |d: &Distinct| (d.batch, d.method, d.effect) == (batch, method, effect);
                distinct.iter().position(same).unwrap_or_else(|| {
                    distinct.push(Distinct { setting, batch, method, effect });
                    distinct.len() - 1
                })
            });
            asked.push((batch, method, places));
        }
        Self { configs, distinct, asked }
    }

    /// What is to be replayed.
    #[must_use]
    pub fn jobs(&self) -> Vec<Job<'_>> {
        let of = |d: &Distinct| Job {
            config: &self.configs[d.setting as usize],
            batch: d.batch,
            method: d.method,
        };
        self.distinct.iter().map(of).collect()
    }

    /// Replays it; the points under the charged setting, in the order of [`Job::all`], and what all of them show.
    ///
    /// # Errors
    /// What a method needs of the hardware and does not find.
    pub fn run(
        &self,
        session: &Session,
        done: &(dyn Fn() + Sync),
    ) -> Result<(Vec<Point>, Vec<MeasuredPoint>), ConfigError> {
        let points = session.points(&self.jobs(), &Method::policy, done)?;
        let charged =
            |(_, _, places): &(_, _, [usize; 3])| points[places[Setting::Charged as usize]].clone();
        let measured = points.iter().enumerate().map(|(at, point)| {
            let among = |setting: &Setting| {
                self.asked.iter().any(|(_, _, places)| places[*setting as usize] == at)
            };
            MeasuredPoint::new(point, Setting::ALL.into_iter().filter(among).collect())
        });
        Ok((self.asked.iter().map(charged).collect(), measured.collect()))
    }
}

/// What a configuration's runtime makes of a point.
fn effect(config: &Config, batch: usize, method: Method) -> (usize, u64) {
    let (run, runtime) = (&config.run, &config.runtime);
    let requests = run.batches[batch] as usize;
    let split = Split::new(requests, 0, run.gpus as usize, runtime.minibatches, method);
    let cost = if method.traits().schedules { runtime.scheduler_ns_per_256_experts } else { 0 };
    (split.minibatches, cost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_settings_share_is_replayed_once() {
        let mut config = Config::of("b200-hbm-pim", "qwen3-30b-a3b").unwrap();
        (config.run.batches, config.run.methods) = (vec![1, 8], Method::ALL.to_vec());
        let settings = Settings::new(&config);
        let of = |batch, method| {
            settings.distinct.iter().filter(|d| (d.batch, d.method) == (batch, method)).count()
        };
        // One request makes one mini-batch; GPU-Only always does; NoExp and AllExp decide nothing.
        let counts = |batch| Method::ALL[..6].iter().map(|&m| of(batch, m)).collect::<Vec<_>>();
        assert_eq!(counts(0), [1, 1, 1, 2, 2, 2]);
        assert_eq!(counts(1), [1, 2, 2, 3, 3, 3]);
    }
}
