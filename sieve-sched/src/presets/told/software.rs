//! Models, routing, laws, the runtime, and what is run.

use gpu_model::law::CalibratedSpec;
use noc::measured::Collectives;
use serde_json::{Map, Value, json};
use workloads::prefill::PrefillSpec;
use workloads::{GeneratorSpec, ModelSpec};

use super::super::Read;
use super::super::written::written;
use super::{Shipped, Told, derived, plain, si};
use crate::config::{Assignment, ConfigError, RuntimeSpec};
use crate::figure;
use crate::sweep::{Sweep, SweepError, Written};

impl Shipped for ModelSpec {
    fn told(&self) -> Result<Told, String> {
        self.check().map_err(|error| format!("model `{}`: {error}", self.name))?;
        let (all, active) =
            (self.routed_expert_params() + self.other_params(), self.active_params());
        let bytes = self.parameter_bytes();
        let about = format!(
            "{} parameters, {} active; {} layers, {} with {} experts, top {}",
            si(all as f64, ""),
            si(active as f64, ""),
            self.layers,
            self.moe_layers(),
            self.experts.count,
            self.experts.top_k
        );
        let sum = |of: &dyn Fn(&workloads::model::Attention) -> u64| -> u64 {
            self.layer_groups().iter().map(|g| u64::from(g.layers) * of(g.attention)).sum()
        };
        let derived = vec![
            derived("parameters", all, None, "all matrices"),
            derived("active_parameters", active, None, "those that a token meets"),
            derived("expert_bytes", self.expert_bytes(), Some("B"), "one routed expert"),
            derived("routed_expert_bytes", bytes.routed_experts, Some("B"), "all routed experts"),
            derived("other_bytes", bytes.other, Some("B"), "everything else"),
            derived(
                "kv_bytes_per_token",
                sum(&|attention| self.kv_bytes_per_token(attention)),
                Some("B"),
                "all layers, while a token is in every window",
            ),
            derived(
                "state_bytes_per_request",
                sum(&|attention| self.state_bytes_per_request(attention)),
                Some("B"),
                "recurrent state of all layers",
            ),
        ];
        Ok(Told { about, derived })
    }
}

impl Shipped for GeneratorSpec {
    fn told(&self) -> Result<Told, String> {
        self.check().map_err(|error| format!("routing `{}`: {error}", self.name))?;
        let mut about = text(&self.popularity)?;
        if let Some(correlation) = &self.correlation {
            about += &format!(", correlated {}", text(correlation)?);
        }
        Ok(plain(about))
    }
}

impl Shipped for PrefillSpec {
    fn told(&self) -> Result<Told, String> {
        self.check().map_err(|error| format!("prompts `{}`: {error}", self.name))?;
        let most = self.requests.iter().map(|entry| entry.prefills).max().unwrap_or_default();
        let (prompt, chunk) = (&self.prompt_tokens, self.chunk_tokens);
        Ok(plain(format!("up to {most} prompts of {prompt} tokens at once, {chunk} tokens a step")))
    }
}

impl Shipped for CalibratedSpec {
    fn told(&self) -> Result<Told, String> {
        self.check().map_err(|error| error.to_string())?;
        let formats: Vec<&str> = self.grouped_gemm.keys().map(String::as_str).collect();
        Ok(plain(format!("measured on {}: experts in {}", self.gpu, formats.join(", "))))
    }
}

impl Shipped for Collectives {
    fn told(&self) -> Result<Told, String> {
        self.check().map_err(|error| error.to_string())?;
        let most = self.nccl.iter().map(|table| table.ranks).max().unwrap_or_default();
        let (nccl, deepep) = (self.nccl.len(), self.deepep.len());
        Ok(plain(format!("{nccl} tables of NCCL and {deepep} of DeepEP, up to {most} GPUs")))
    }
}

impl Shipped for RuntimeSpec {
    fn told(&self) -> Result<Told, String> {
        let us = self.scheduler_ns_per_256_experts as f64 / 1e3;
        let blocks = self.kv_block_tokens;
        Ok(plain(format!("{us} us a placement of 256 experts, KV blocks of {blocks} tokens")))
    }
}

impl Shipped for figure::Spec {
    fn told(&self) -> Result<Told, String> {
        Ok(plain(format!("{} ({})", self.title, self.source)))
    }
}

/// A sweep, which is text until it is resolved point by point.
pub(in crate::presets) fn sweep(name: &str, changes: &[Assignment]) -> Result<Read, ConfigError> {
    let (sweep, _) = Sweep::load(name).map_err(|error| match error {
        SweepError::Config(error) => error,
        other => ConfigError::Invalid(other.to_string()),
    })?;
    if let Some(change) = changes.first() {
        let says = "a sweep is changed in a file of its own";
        return Err(ConfigError::Invalid(format!("--set {}: {says}", change.path)));
    }
    let level = serde_json::to_value(&sweep.level).unwrap_or_default();
    let shown = |values: &[Written]| values.iter().map(Written::shown).map(Value::from).collect();
    let axes = sweep.axes.iter().flat_map(|axis| &axis.0);
    let axes: Map<_, _> = axes.map(|(path, values)| (path.clone(), shown(values))).collect();
    let set = sweep.set.0.iter().map(|(path, value)| (path.clone(), value.shown().into()));
    let rows = sweep.axes.iter().filter_map(|axis| axis.0.first());
    let rows = rows.fold(1_u64, |rows, (_, values)| rows.saturating_mul(values.len() as u64));
    let paths = axes.len();
    let at = level.as_object().and_then(|level| level.keys().next().cloned()).unwrap_or_default();
    let tree = json!({ "level": level, "set": set.collect::<Map<_, _>>(), "axes": axes });
    let about = format!("{rows} combinations of {paths} settings, each a point of `sieve {at}`");
    let derived = vec![
        derived("rows", rows, None, "values of the axes, all combined"),
        derived("filters", sweep.skip.len() as u64, None, "skip"),
    ];
    Ok(Read { tree, told: Told { about, derived } })
}

fn text(value: &impl serde::Serialize) -> Result<String, String> {
    serde_json::to_value(value).map(|value| written(&value)).map_err(|error| error.to_string())
}
