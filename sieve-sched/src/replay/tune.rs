//! What Sieve+ settles besides the placement of experts, by trying it on the warm-up steps: a runtime does so when it starts.

use pim_dram::memo::Memo;

use crate::config::{Config, ConfigError, Minibatches};
use crate::replay::point::{Point, Replay};
use crate::replay::record::Recorder;
use crate::time::Femtos;

/// Shares of attention on the GPU that are tried, in percent, for as long as more is better.
const SHARES: [u32; 4] = [25, 50, 75, 100];

/// The configuration under which the last of the steps is fastest: one mini-batch or as configured, and which share of attention the
/// GPU takes over. Without steps nothing is tried.
///
/// # Errors
/// A configuration that the method cannot run on.
pub(super) fn tuned(replay: Replay<'_>, memo: &mut Memo<'_>) -> Result<Config, ConfigError> {
    let Replay { config, steps, .. } = replay;
    if steps.is_empty() {
        return Ok(config.clone());
    }
    let mut time = |config: &Config| -> Result<Femtos, ConfigError> {
        let mut trial = config.clone();
        trial.run.warmup_steps = u32::try_from(steps.len() - 1).unwrap_or(0);
        let trial = Replay { config: &trial, ..replay };
        Ok(Point::replay(trial, memo, &mut Recorder::default())?.time)
    };
    let mut best: Option<(Femtos, Config)> = None;
    let mut minibatches = vec![config.runtime.minibatches, Minibatches::Fixed(1)];
    minibatches.dedup();
    for minibatches in minibatches {
        let mut tried = config.clone();
        tried.runtime.minibatches = minibatches;
        let mut least = (time(&tried)?, tried.clone());
        for share in SHARES {
            tried.runtime.attention_on_gpu_percent = share;
            let with = time(&tried)?;
            if with >= least.0 {
                break;
            }
            least = (with, tried.clone());
        }
        if best.as_ref().is_none_or(|(time, _)| least.0 < *time) {
            best = Some(least);
        }
    }
    Ok(best.map_or_else(|| config.clone(), |(_, config)| config))
}
