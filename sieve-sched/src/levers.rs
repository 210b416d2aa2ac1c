//! What would make a step shorter: single changes to a configuration, each replayed.

use pim_dram::spec::{Delay, DeviceSpec, Refresh};
use rayon::prelude::*;
use serde::Serialize;

use crate::config::{Config, ConfigError, Minibatches};
use crate::method::Method;
use crate::run::run;
use crate::time::micros;

/// A change and what it does to a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lever {
    /// The change.
    pub change: &'static str,
    /// Time of a step with it.
    pub step_us: f64,
    /// Time of a step without it / with it, less 1.
    pub faster: f64,
}

/// What is changed.
type Change = (&'static str, fn(&mut Config));

/// Every change. One that leaves a configuration as it is says nothing of it.
const CHANGES: [Change; 11] = [
    ("data bus of HBM at twice the rate", |config| {
        for name in ["tCCD_S", "nBL"] {
            halve(&mut config.system.pim, name);
        }
        let rate = &mut config.system.gpu.hbm_bytes_per_s;
        *rate = rate.saturating_mul(2);
    }),
    ("PIM units at twice the rate", |config| halve(&mut config.system.pim, "tCCD_L")),
    ("GPU computes at twice the rate", |config| {
        let rate = &mut config.system.gpu.peak_flops_per_s;
        *rate = rate.saturating_mul(2);
    }),
    ("a command bus for every pseudo-channel", |config| {
        let geometry = &mut config.system.pim.geometry;
        geometry.channels *= std::mem::replace(&mut geometry.pseudo_channels, 1);
    }),
    ("no refresh", |config| config.system.pim.refresh = Refresh::None),
    ("a second vector buffer", |config| {
        if let Some(pim) = &mut config.system.pim.pim {
            pim.vector_buffers = pim.vector_buffers.max(2);
        }
    }),
    ("8 accumulators a PIM unit", |config| {
        if let Some(pim) = &mut config.system.pim.pim {
            pim.accumulators = pim.accumulators.max(8);
        }
    }),
    ("links at eight times the rate, without latency", |config| {
        let link = &mut config.system.link;
        if config.run.gpus > 1 {
            (link.bytes_per_s, link.latency_ns) = (link.bytes_per_s.saturating_mul(8), 0);
        }
    }),
    ("placement for free", |config| {
        if config.run.methods.iter().any(|method| method.traits().schedules) {
            config.runtime.scheduler_ns_per_256_experts = 0;
        }
    }),
    ("one mini-batch", |config| config.runtime.minibatches = Minibatches::Fixed(1)),
    ("two mini-batches", |config| config.runtime.minibatches = Minibatches::Fixed(2)),
];

impl Lever {
    /// Changes that are tried.
    pub const TRIED: usize = CHANGES.len();

    /// Replays a step of a point as it is and under every change, each after a step that fills the cost table. The time of the
    /// step as it is, us, and the changes, the one that helps most first; those that change nothing or that the hardware cannot
    /// do are left out. `done` is called after each.
    ///
    /// # Errors
    /// A configuration that cannot be replayed as it is.
    pub fn pull(
        config: &Config,
        batch: u32,
        method: Method,
        done: &(dyn Fn() + Sync),
    ) -> Result<(f64, Vec<Self>), ConfigError> {
        let mut base = config.clone();
        let run = &mut base.run;
        (run.batches, run.methods) = (vec![batch], vec![method]);
        (run.steps, run.warmup_steps) = (1, run.warmup_steps.min(1));
        let as_is = step_us(&base)?;
        let pulled = |(change, edit): &Change| {
            let mut changed = base.clone();
            edit(&mut changed);
            let step = (changed != base).then(|| step_us(&changed).ok()).flatten();
            done();
            let step_us = step.filter(|&step| step != as_is)?;
            Some(Self { change, step_us, faster: as_is / step_us - 1.0 })
        };
        let mut levers: Vec<Self> = CHANGES.par_iter().filter_map(pulled).collect();
        levers.sort_by(|a, b| b.faster.total_cmp(&a.faster));
        Ok((as_is, levers))
    }
}

/// The time of the one step of the one point.
fn step_us(config: &Config) -> Result<f64, ConfigError> {
    let results = run(config, &|| {})?;
    Ok(results.points.iter().map(|point| micros(point.time)).sum())
}

/// Halves a timing parameter that the device has, rounded up to whole units.
fn halve(device: &mut DeviceSpec, name: &str) {
    if let Some(delay) = device.timing.get_mut(name) {
        *delay = match *delay {
            Delay::Ck(n) => Delay::Ck(n.div_ceil(2)),
            Delay::Ns(n) => Delay::Ps(1000 * n / 2),
            Delay::Ps(n) => Delay::Ps(n.div_ceil(2)),
        };
    }
}
