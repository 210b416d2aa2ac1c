//! Whether the parts of a configuration fit each other.

use std::fmt::Display;

use pim_dram::Device;

use super::error::ConfigError;
use super::spec::{Config, Minibatches, Routing, RunSpec};

/// Most tokens of prompts in a step, as many as the largest decode batch has; steps are kept whole.
const MOST_PREFILL_TOKENS: f64 = 65_536.0;

impl Config {
    /// Checks every part and how they fit.
    ///
    /// # Errors
    /// Every finding, at once.
    pub fn check(&self) -> Result<(), ConfigError> {
        let findings =
            [self.parts(), self.ranges(), self.lists(), self.placement(), self.model_on_pim()]
                .concat();
        if findings.is_empty() { Ok(()) } else { Err(ConfigError::Invalid(findings.join("; "))) }
    }

    /// What the parts say of themselves.
    fn parts(&self) -> Vec<String> {
        fn says<T, E: ToString>(checked: Result<T, E>) -> Option<String> {
            checked.err().map(|error| error.to_string())
        }
        let model = says(self.model.check()).map(|e| format!("model `{}`: {e}", self.model.name));
        let routing = match &self.run.routing {
            Routing::Synthetic(spec) => says(spec.check()),
            Routing::Trace(_) => None,
        };
        let others = [
            says(Device::new(&self.system.pim)),
            says(self.gpu_law()),
            says(self.link_law()),
            says(self.run.kv_tokens.check()),
            routing,
            self.prompts(),
        ];
        model.into_iter().chain(others.into_iter().flatten()).collect()
    }

    /// What is wrong with the prompts.
    fn prompts(&self) -> Option<String> {
        let prefill = self.run.prefill.as_ref()?;
        let chunk = prefill.prompt_tokens.mean().min(prefill.chunk_tokens.into());
        let prefills = self.run.batches.iter().map(|&batch| prefill.prefills(batch)).max()?;
        let tokens = chunk * f64::from(prefills);
        match (prefill.check(), &self.run.routing) {
            (Err(findings), _) => Some(format!("run.prefill: {findings}")),
            (Ok(()), _) if tokens > MOST_PREFILL_TOKENS => Some(format!(
                "run.prefill: {prefills} prompts of {chunk:.0} tokens a step; at most {MOST_PREFILL_TOKENS} tokens of all prompts are taken"
            )),
            (Ok(()), Routing::Trace(_)) => Some(
                "run.prefill: prompts are routed by a law, and a trace has none; draw routing by a preset or take no prompts"
                    .to_owned(),
            ),
            (Ok(()), Routing::Synthetic(_)) => None,
        }
    }

    /// Numbers of the run and the runtime outside of their ranges.
    fn ranges(&self) -> Vec<String> {
        let (run, runtime) = (&self.run, &self.runtime);
        let ranges: [(&str, u64, u64, u64); 7] = [
            ("run.gpus", run.gpus.into(), 1, self.model.experts.count.into()),
            ("run.steps", run.steps.into(), 1, 1 << 20),
            ("run.warmup_steps", run.warmup_steps.into(), 0, 1 << 20),
            (
                "runtime.scheduler_ns_per_256_experts",
                runtime.scheduler_ns_per_256_experts,
                0,
                1_000_000_000,
            ),
            ("runtime.cost_weight_percent", runtime.cost_weight_percent.into(), 1, 100),
            ("runtime.attention_on_gpu_percent", runtime.attention_on_gpu_percent.into(), 0, 100),
            ("runtime.kv_block_tokens", runtime.kv_block_tokens.into(), 1, self.pim_operand()),
        ];
        let outside =
            ranges.into_iter().filter(|(_, value, least, most)| !(least..=most).contains(&value));
        let minibatches = (runtime.minibatches == Minibatches::Fixed(0))
            .then(|| "runtime.minibatches: 0; at least 1 is needed".to_owned());
        outside
            .map(|(path, value, least, most)| {
                format!("{path}: {value} is outside {least} to {most}")
            })
            .chain(minibatches)
            .collect()
    }

    /// What is wrong with the batches and the methods.
    fn lists(&self) -> Vec<String> {
        let RunSpec { batches, methods, .. } = &self.run;
        let sizes = batches
            .iter()
            .any(|&batch| batch == 0 || batch > 1 << 16)
            .then(|| format!("run.batches: {batches:?}; a batch has 1 to 65,536 requests"));
        let found =
            [empty_or_twice("run.batches", batches), empty_or_twice("run.methods", methods), sizes];
        found.into_iter().flatten().collect()
    }

    /// What is wrong with the placement of experts.
    fn placement(&self) -> Vec<String> {
        let (run, experts) = (&self.run, self.model.experts.count);
        let blind = (run.placement.looks_at_loads() && run.warmup_steps == 0).then(|| {
            format!(
                "run.placement: {} looks at the loads of the steps before those that are measured, and run.warmup_steps is 0",
                run.placement
            )
        });
        let misfit = (1..=experts)
            .contains(&run.gpus)
            .then(|| run.placement.check(experts, run.gpus as usize));
        let misfit = misfit.and_then(Result::err).map(|error| format!("run.placement: {error}"));
        blind.into_iter().chain(misfit).collect()
    }

    /// What PIM cannot do for the model.
    fn model_on_pim(&self) -> Vec<String> {
        let pim = self.system.pim.pim.filter(|_| self.run.methods.iter().any(|m| m.traits().pim));
        // Without units nothing fits; the device says so.
        let Some(pim) = pim else { return Vec::new() };
        let weights = self.model.experts.weights;
        let stored = [
            ("model.experts.weights", weights.traits().name.to_owned(), weights.operand_bits()),
            ("model.kv_bits", self.model.kv_bits.to_string(), Some(self.model.kv_bits)),
        ];
        let bits = pim.element_bytes.saturating_mul(8);
        let odd = stored.into_iter().filter(|(_, _, operand)| *operand != Some(bits));
        odd.map(|(path, found, _)| {
            format!(
                "{path}: {found}; PIM units multiply operands of {bits} bits as they are stored, without scales; only method gpu-only takes others"
            )
        })
        .collect()
    }

    /// Elements of the longest vector that attention on PIM multiplies at once: a row and the vector buffer must hold it.
    fn pim_operand(&self) -> u64 {
        let row_bytes = self.system.pim.geometry.row_bytes;
        self.system.pim.pim.map_or(u64::MAX, |pim| {
            u64::from(row_bytes.min(pim.vector_buffer_bytes) / pim.element_bytes.max(1))
        })
    }
}

/// What is wrong with a list that needs at least one, each once.
fn empty_or_twice<T: PartialEq + Display>(path: &str, all: &[T]) -> Option<String> {
    if all.is_empty() {
        return Some(format!("{path}: is empty; at least one is needed"));
    }
    let twice = all.iter().enumerate().find(|(at, one)| all[..*at].contains(one));
    twice.map(|(_, one)| format!("{path}: {one} stands there twice"))
}
