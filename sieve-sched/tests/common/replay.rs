//! Small replays.

use sieve_sched::config::Config;
use sieve_sched::run::{Results, run};
use workloads::KvLengths;

/// A model of the given preset cut down to a few layers.
pub(crate) fn config(model: &str, layers: u32, batches: &[u32]) -> Config {
    let mut config = Config::of("b200-hbm-pim", model).unwrap();
    config.model.layers = layers;
    let run = &mut config.run;
    run.batches = batches.to_vec();
    (run.steps, run.warmup_steps, run.seed) = (2, 1, 7);
    run.kv_tokens = KvLengths::Constant(300);
    config
}

/// What it shows.
pub(crate) fn results(config: &Config) -> Results {
    run(config, &|| {}).unwrap()
}
