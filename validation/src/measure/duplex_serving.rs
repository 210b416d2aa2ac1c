//! A model served by GPUs whose stacks have units, by Duplex's time model.

use gpu_model::GpuSpec;
use gpu_model::attention::{
    AttentionShape, PromptChunk, Reach, decode_attention, prefill_attention,
};
use gpu_model::gemm::{dense_gemm, grouped_gemm};
use gpu_model::kernel::{Activations, Kernel};
use serde::{Deserialize, Serialize};
use sieve_sched::config::load;
use workloads::ModelSpec;
use workloads::model::Attention;

use super::MeasureError;
use crate::duplex::{Stack, Units};
use crate::golden;
use crate::rows::{Compared, Measured, RowsQuantity};

/// Throughput over that of the same GPUs alone.
const PUBLISHED: &str = include_str!("../../golden/duplex_mixtral.csv");

/// Bits of weights and bytes of a cached element.
const BITS: u32 = 16;
const ELEMENT: u32 = 2;
const ON_CHIP: Activations = Activations::OnChip;

/// Every kernel takes the longer of its operations and its bytes at peak rates. Attention of a step and experts run on GPUs or
/// units, whichever is faster; all else runs on GPUs. Requests have the mean length of their cache, tokens are shared out evenly
/// among experts, and nothing overlaps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DuplexServing {
    model: String,
    gpu: String,
    gpus: u32,
    /// Whether each request that ends makes room for the prompt of another, computed whole beside a step of the others.
    prompts: bool,
    rows: RowsQuantity,
}

/// What is served.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "source")]
    _source: String,
    units: Built,
    prompt_tokens: u32,
    answer_tokens: u32,
    batch: u32,
    over_gpus: f64,
}

/// Where units are built.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Built {
    BankPim,
    LogicPim,
}

/// Kernels of a layer.
struct Layer {
    /// On GPUs.
    gpu: Vec<Kernel>,
    /// On GPUs or units.
    either: Vec<Kernel>,
}

impl DuplexServing {
    pub(super) fn take(&self) -> Result<Measured, MeasureError> {
        let model: ModelSpec = load("model", &self.model, workloads::model::PRESETS)?;
        let gpu: GpuSpec = load("GPU", &self.gpu, gpu_model::PRESETS)?;
        let stack = Stack::shipped().map_err(|error| MeasureError::Shipped {
            file: "systems/duplex.ron",
            says: error.to_string(),
        })?;
        let rows = golden::parse::<Case>(PUBLISHED)?.into_iter().map(|case| {
            let (name, units) = match case.units {
                Built::BankPim => ("Bank-PIM", &stack.bank_pim),
                Built::LogicPim => ("Logic-PIM", &stack.logic_pim),
            };
            let time = |units| self.time(&model, &gpu, &case, units);
            let Case { prompt_tokens, answer_tokens, batch, .. } = case;
            Compared {
                name: format!("{name} at {prompt_tokens} + {answer_tokens} tokens, batch {batch}"),
                published: case.over_gpus,
                ours: time(None) / time(Some(units)),
            }
        });
        Ok(self.rows.of(rows.collect()))
    }

    /// Mean time of a layer in a step, in s.
    fn time(&self, model: &ModelSpec, gpu: &GpuSpec, case: &Case, units: Option<&Units>) -> f64 {
        let step = |prompt| {
            let layer = layer(model, case, prompt);
            let (flops, bytes) = (gpu.peak_flops_per_s as f64, gpu.hbm_bytes_per_s as f64);
            let on_gpu = |kernel: &Kernel| longer(kernel, flops, bytes);
            let fastest = |kernel: &Kernel| {
                let on_units = units.map(|units| {
                    let fed = bytes * units.bandwidth;
                    longer(kernel, fed * units.ops_per_byte, fed)
                });
                on_units.unwrap_or(f64::INFINITY).min(on_gpu(kernel))
            };
            let gpu: f64 = layer.gpu.iter().map(on_gpu).sum();
            let either: f64 = layer.either.iter().map(fastest).sum();
            (gpu + either) / f64::from(self.gpus)
        };
        // Every request ends once in as many steps as its answer has tokens.
        let with_prompt = f64::from(case.batch) / f64::from(case.answer_tokens);
        if self.prompts {
            (1.0 - with_prompt) * step(0) + with_prompt * step(case.prompt_tokens)
        } else {
            step(0)
        }
    }
}

/// One token of each request, and so many of a prompt.
fn layer(model: &ModelSpec, case: &Case, prompt: u32) -> Layer {
    let tokens = case.batch + prompt;
    let (mut gpu, mut either) = (Vec::new(), Vec::new());
    for run in &model.pattern {
        let Attention::GroupedQuery { query_heads, kv_heads, head_dim, .. } = run.attention else {
            continue;
        };
        let shape = AttentionShape { query_heads, kv_heads, head_dim, element_bytes: ELEMENT };
        let projected = (query_heads + 2 * kv_heads) * head_dim;
        gpu.push(dense_gemm(tokens, projected, model.hidden, BITS, ON_CHIP));
        gpu.push(dense_gemm(tokens, model.hidden, query_heads * head_dim, BITS, ON_CHIP));
        gpu.push(prefill_attention(shape, [PromptChunk::whole(prompt)], Reach::All, ON_CHIP));
        let cached = case.prompt_tokens + case.answer_tokens / 2;
        let requests = (0..case.batch).map(|_| cached);
        either.push(decode_attention(shape, requests, ON_CHIP));
    }
    let experts = &model.experts;
    let of_expert = [tokens * experts.top_k / experts.count];
    let expert = grouped_gemm(&of_expert, model.hidden, experts.intermediate, BITS, ON_CHIP);
    either.extend((0..experts.count).map(|_| expert));
    Layer { gpu, either }
}

fn longer(kernel: &Kernel, flops_per_s: f64, bytes_per_s: f64) -> f64 {
    (kernel.flops as f64 / flops_per_s).max(kernel.bytes as f64 / bytes_per_s)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long_answers() -> Case {
        golden::parse(PUBLISHED).expect("a shipped table").remove(0)
    }

    /// What the time model says where the paper's largest figure is 2.51.
    #[test]
    fn the_logic_die_has_more_than_the_published_maximum() {
        let serving = DuplexServing {
            model: "mixtral-8x7b".to_owned(),
            gpu: "h100".to_owned(),
            gpus: 4,
            prompts: true,
            rows: RowsQuantity::WorstError,
        };
        let model = load("model", &serving.model, workloads::model::PRESETS).expect("a preset");
        let gpu = load("GPU", &serving.gpu, gpu_model::PRESETS).expect("a preset");
        let stack = Stack::shipped().expect("a shipped file");
        let case = long_answers();
        let time = |units| serving.time(&model, &gpu, &case, units);
        let found = time(None) / time(Some(&stack.logic_pim));
        assert!((found - 3.52).abs() < 0.005, "{found}");
    }

    /// Worked by hand: a layer of Mixtral has 41.9 M weights of attention and 176.2 M of each expert, and 4 KB of cache a
    /// token, the new one written.
    #[test]
    fn a_layer_has_the_bytes_of_its_weights_and_its_cache() {
        let model = load("model", "mixtral-8x7b", workloads::model::PRESETS).expect("a preset");
        let layer = layer(&model, &long_answers(), 0);
        let bytes = |kernels: &[Kernel]| kernels.iter().map(|kernel| kernel.bytes).sum::<u64>();
        assert_eq!(bytes(&layer.gpu), 2 * 41_943_040);
        assert_eq!(bytes(&layer.either), 8 * 2 * 176_160_768 + 32 * 6145 * 4096);
    }
}
