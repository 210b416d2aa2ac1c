//! A synthetic routing as a user writes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::popularity::Popularity;
use super::requests::Correlation;
use crate::findings::{Checks, Findings};
use crate::gate::GroupLimit;
use crate::model::Experts;
use crate::preset::{self, PresetError};

/// Presets that ship with the crate: name and RON text.
pub const PRESETS: &[(&str, &str)] = &[
    ("qwen3", include_str!("../../presets/routing/qwen3.ron")),
    ("qwen3-gengamma", include_str!("../../presets/routing/qwen3-gengamma.ron")),
    ("qwen3-diverse", include_str!("../../presets/routing/qwen3-diverse.ron")),
    ("gpt-oss", include_str!("../../presets/routing/gpt-oss.ron")),
    ("gpt-oss-lognormal", include_str!("../../presets/routing/gpt-oss-lognormal.ron")),
    ("gpt-oss-20b", include_str!("../../presets/routing/gpt-oss-20b.ron")),
    ("gpt-oss-20b-correlated", include_str!("../../presets/routing/gpt-oss-20b-correlated.ron")),
    ("qwen3-next", include_str!("../../presets/routing/qwen3-next.ron")),
    ("qwen1.5-moe", include_str!("../../presets/routing/qwen1.5-moe.ron")),
    ("flame-290m", include_str!("../../presets/routing/flame-290m.ron")),
    ("mixtral", include_str!("../../presets/routing/mixtral.ron")),
    ("uniform", include_str!("../../presets/routing/uniform.ron")),
];

/// Numbers that a generator may keep for its requests, in all layers together: 2 GiB.
const MOST_REMEMBERED: u64 = 1 << 28;

/// A synthetic routing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneratorSpec {
    /// Name in reports.
    pub name: String,
    /// Law of the log-weights.
    pub popularity: Popularity,
    /// How the tokens of a request are alike; without it they are independent.
    pub correlation: Option<Correlation>,
    /// How many groups of experts a token may visit; without it, all. The scores, log-weight plus noise, are taken as the
    /// router's logits.
    pub group_limit: Option<GroupLimit>,
    /// Path prefix -> where the numbers below it come from; the longest prefix wins.
    pub sources: BTreeMap<String, String>,
}

impl GeneratorSpec {
    /// Independent tokens under a law.
    #[must_use]
    pub fn of(name: &str, popularity: Popularity) -> Self {
        Self {
            name: name.to_owned(),
            popularity,
            correlation: None,
            group_limit: None,
            sources: BTreeMap::new(),
        }
    }

    /// The shipped preset of that name.
    ///
    /// # Errors
    /// When no preset has that name; the error lists those there are.
    pub fn preset(name: &str) -> Result<Self, PresetError> {
        preset::load("routing", PRESETS, name)
    }

    /// Checks the parameters, whatever the model.
    ///
    /// # Errors
    /// Everything that is wrong, each with its path.
    pub fn check(&self) -> Result<(), Findings> {
        self.checks().done()
    }

    /// Checks the parameters, and whether they suit a model and a batch.
    pub(super) fn check_for(
        &self,
        experts: &Experts,
        layers: u32,
        requests: usize,
    ) -> Result<(), Findings> {
        let mut checks = self.checks();
        if let Some(limit) = self.group_limit {
            limit.check(experts.count, experts.top_k, "group_limit", &mut checks);
        }
        // Affinity and noise of each request to each expert.
        let cells = 2 * u64::from(layers) * u64::from(experts.count) * requests as u64;
        let remembers = self.correlation.is_some();
        checks.that(!remembers || cells <= MOST_REMEMBERED, "correlation", || {
            format!(
                "{requests} requests x {layers} layers x {} experts are more than the {} that can be remembered",
                experts.count,
                MOST_REMEMBERED / 2
            )
        });
        checks.done()
    }

    fn checks(&self) -> Checks {
        let mut checks = Checks::default();
        self.popularity.check(&mut checks);
        if let Some(correlation) = &self.correlation {
            correlation.check(&mut checks);
        }
        checks
    }
}
