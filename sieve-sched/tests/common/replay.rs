//! Small replays.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use sieve_sched::config::{Config, Routing, RunSpec, RuntimeSpec, System};
use sieve_sched::method::Method;
use sieve_sched::run::{Results, run};
use workloads::{GeneratorSpec, KvLengths, ModelSpec};

/// A model of the given preset cut down to a few layers.
pub(crate) fn config(model: &str, layers: u32, batches: &[u32]) -> Config {
    let mut model = ModelSpec::preset(model).unwrap();
    model.layers = layers;
    let runtime: RuntimeSpec = ron::from_str(include_str!("../../presets/runtime.ron")).unwrap();
    Config {
        system: System::load("b200-hbm-pim").unwrap(),
        runtime,
        run: RunSpec {
            gpus: model.default_gpus,
            batches: batches.to_vec(),
            methods: Method::ALL.to_vec(),
            steps: 2,
            warmup_steps: 1,
            seed: 7,
            kv_tokens: KvLengths::Constant(300),
            routing: Routing::Synthetic(GeneratorSpec::preset(&model.default_routing).unwrap()),
        },
        model,
    }
}

/// What it shows.
pub(crate) fn results(config: &Config) -> Results {
    run(config, &|| {}).unwrap()
}
