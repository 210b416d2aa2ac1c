//! Models by name, and the routing of their batches.

use pim_dram::device::Device;
use serde::{Deserialize, Serialize};
use workloads::Step;
use workloads::fit::{Row, published};

use super::FigureError;
use crate::config::{Config, Routing};
use crate::run::Session;

/// A model and how it is called in a figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Preset, or path of a file.
    pub model: String,
    /// Name in the figure. What the paper says of a model of this name stands beside what is simulated.
    pub title: String,
    /// Recorded routing to take in place of the synthetic one; none if empty.
    #[serde(default)]
    pub trace: String,
}

/// Routing of a model, batch by batch.
pub(super) struct Routed {
    pub(super) config: Config,
    session: Session,
}

impl Named {
    /// Draws the routing of so many steps of each batch.
    pub(super) fn route(
        &self,
        system: &str,
        batches: &[u32],
        steps: u32,
    ) -> Result<Routed, FigureError> {
        let mut config = Config::of(system, &self.model)?;
        config.run.batches = batches.to_vec();
        (config.run.steps, config.run.warmup_steps) = (steps, 0);
        if !self.trace.is_empty() {
            config.run.routing = Routing::Trace(self.trace.clone());
        }
        Ok(Routed { session: Session::new(&config)?, config })
    }

    /// What the paper's text says of the model, batch by batch.
    pub(super) fn published(&self) -> Result<Vec<Row>, FigureError> {
        let mut all = published()?.into_iter();
        let found = all.find(|published| published.targets.origin == self.title);
        Ok(found.map_or_else(Vec::new, |published| published.targets.rows))
    }
}

impl Routed {
    /// Tokens per expert of every step and layer with experts, by place of the batch: routed experts, then `shared` ones, which
    /// every token visits.
    pub(super) fn tokens_per_expert(&self, batch: usize, shared: u32) -> Vec<Vec<u32>> {
        let layers = self.config.model.moe_layers();
        let of_layer = |step: &Step, layer| {
            let mut tokens = step.tokens_per_expert(layer);
            tokens.extend((0..shared).map(|_| self.config.run.batches[batch]));
            tokens
        };
        let steps = self.session.steps(batch).iter();
        steps.flat_map(|step| (0..layers).map(move |layer| of_layer(step, layer))).collect()
    }

    /// The device, and the first step of a batch.
    pub(super) fn first(&self, batch: usize) -> Option<(&Device, &Step)> {
        Some((self.session.device(), self.session.steps(batch).first()?))
    }

    /// Shared experts of a layer.
    pub(super) fn shared(&self) -> u32 {
        self.config.model.shared.map_or(0, |shared| shared.count)
    }
}
