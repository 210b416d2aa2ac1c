//! What a batch routes, and what arithmetic says of it.

use pim_dram::device::Device;
use pim_dram::memo::Memo;
use workloads::Step;
use workloads::stats::LoadStats;

use crate::config::{Config, ConfigError};
use crate::method::Method;
use crate::replay::batch::Split;
use crate::replay::bound::Bound;
use crate::replay::plan::Plan;

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

impl BatchRouting {
    pub(super) fn of(
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
