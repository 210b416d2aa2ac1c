//! What is run unless something else is asked for.

use workloads::prefill::PrefillSpec;
use workloads::{GeneratorSpec, KvLengths, ModelSpec, PlacementSpec};

use super::error::ConfigError;
use super::load::load;
use super::spec::{Config, Routing, RunSpec, RuntimeSpec, System};
use crate::method::Method;

/// The software side of every method: name and RON text.
pub const RUNTIME: &[(&str, &str)] = &[("runtime", include_str!("../../presets/runtime.ron"))];

impl Config {
    /// A model on a system, each by preset or file, under every method: the defaults of `sieve replay`.
    ///
    /// # Errors
    /// Unknown names and files that do not parse.
    pub fn of(system: &str, model: &str) -> Result<Self, ConfigError> {
        let model: ModelSpec = load("model", model, workloads::model::PRESETS)?;
        Ok(Self {
            system: System::load(system)?,
            runtime: load::<RuntimeSpec>("runtime", "runtime", RUNTIME)?,
            run: RunSpec {
                gpus: model.default_gpus,
                batches: (0..9).map(|power| 1 << power).collect(),
                methods: Method::ALL.to_vec(),
                steps: 4,
                warmup_steps: 2,
                seed: 1,
                kv_tokens: KvLengths::AZURE,
                routing: Routing::synthetic(&model.default_routing)?,
                placement: PlacementSpec::Contiguous,
                prefill: None,
            },
            model,
        })
    }
}

impl RunSpec {
    /// Takes prompts in by a preset or file.
    ///
    /// # Errors
    /// Unknown names and files that do not parse.
    pub fn take_prompts(&mut self, name: &str) -> Result<&mut PrefillSpec, ConfigError> {
        let spec = load("set of prompts", name, workloads::prefill::PRESETS)?;
        Ok(self.prefill.insert(spec))
    }
}

impl Routing {
    /// A law by preset or file.
    ///
    /// # Errors
    /// Unknown names and files that do not parse.
    pub fn synthetic(name: &str) -> Result<Self, ConfigError> {
        let spec: GeneratorSpec = load("routing", name, workloads::generator::PRESETS)?;
        Ok(Self::Synthetic(spec))
    }
}
