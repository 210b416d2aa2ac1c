//! How the cost table comes to foretell what experts take on PIM.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::claim::{Claim, Quantity};
use super::setting::Setting;
use crate::config::{Config, ConfigError, Minibatches, Routing};
use crate::cost_table::TableError;
use crate::method::Method;
use crate::replay::point::Point;
use crate::run::{Job, Session};

/// How far the cost table is from what is simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Convergence {
    /// Method.
    pub method: Method,
    /// Requests.
    pub batch: u32,
    /// Whether the GPU reads beside.
    pub host_traffic: bool,
    /// Errors of the entries used, from the iteration that begins with an empty table.
    pub by_iteration: Vec<TableError>,
}

/// A replay from an empty table.
#[derive(Clone, Debug, PartialEq)]
pub struct Iterations {
    host_traffic: bool,
    config: Config,
}

impl Iterations {
    /// Those that claims ask of a configuration's model, as long as the longest asked for. Of a trace only the batches that are
    /// replayed anyway: it may not hold others.
    #[must_use]
    pub fn asked(config: &Config, claims: &[Claim]) -> Vec<Self> {
        let on_trace = matches!(config.run.routing, Routing::Trace(_));
        let mut asked: BTreeMap<(u32, bool), u32> = BTreeMap::new();
        for quantity in Claim::quantities(claims, &config.model.name) {
            if let Quantity::TableError { host_traffic, batch, iterations, .. } = *quantity {
                let most = asked.entry((batch, host_traffic)).or_default();
                *most = iterations.max(*most);
            }
        }
        asked.retain(|(batch, _), _| !on_trace || config.run.batches.contains(batch));
        let new = |((batch, host_traffic), iterations)| {
            Self::new(config, host_traffic, batch, iterations)
        };
        asked.into_iter().map(new).collect()
    }

    /// Sieve reads the experts of the GPU while PIM works; AllExp with one mini-batch reads nothing then.
    fn new(config: &Config, host_traffic: bool, batch: u32, iterations: u32) -> Self {
        let mut config = Setting::Judged.of(config);
        let run = &mut config.run;
        run.batches = vec![batch];
        run.methods = vec![if host_traffic { Method::Sieve } else { Method::Allexp }];
        // A placement may look at the loads of the steps before those that are measured.
        (run.warmup_steps, run.steps) = (1, iterations.saturating_sub(1).max(1));
        if !host_traffic {
            config.runtime.minibatches = Minibatches::Fixed(1);
        }
        Self { host_traffic, config }
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
    pub fn replay(&self, done: &(dyn Fn() + Sync)) -> Result<Vec<Convergence>, ConfigError> {
        let jobs = Job::all(&self.config);
        let points = Session::new(&self.config)?.points(&jobs, &Method::policy, done)?;
        let of = |point: Point| Convergence {
            method: point.method,
            batch: point.batch,
            host_traffic: self.host_traffic,
            by_iteration: point.table_error,
        };
        Ok(points.into_iter().map(of).collect())
    }
}
