//! The shipped laws against the measurements that they were fitted to.
//!
//! `data/moe_kernels_bf16.csv`: the balanced bf16 rows on one GPU of ai-dynamo/aiconfigurator @ 095f58a (Apache-2.0), MoE tables of
//! B200 (vLLM 0.24.0, SGLang 0.5.14, TensorRT-LLM 1.3.0rc20) and H100 (vLLM 0.24.0), without the Mixtral shapes, whose kernels
//! are not tuned. `data/decode_attention_b200.csv`: of its 29,791 rows of bf16 decode attention on B200 (vLLM 0.24.0, flashinfer
//! trtllm) those of eight shapes of heads, five batches and four contexts.

use std::collections::BTreeMap;

use gpu_model::calibrate::moe_table::{Library, MoeTable, Shape};
use gpu_model::calibrate::{Errors, Known, Sample, fit, us};
use gpu_model::law::calibrated::PRESETS;
use gpu_model::{
    Activations, AttentionShape, Calibrated, Femtos, KernelLaw, Kind, Launch, Law, Roofline,
    decode_attention, dense_gemm, grouped_gemm,
};
use proptest::prelude::*;
use serde::Deserialize;

use crate::common::{gpu, known_of, law as preset};

const QWEN3_30B: Shape = Shape { hidden: 2048, intermediate: 768, top_k: 8, experts: 128 };
const QWEN3_5: Shape = Shape { hidden: 4096, intermediate: 1024, top_k: 10, experts: 512 };

fn measured() -> BTreeMap<Library, BTreeMap<Shape, Vec<Sample>>> {
    let text = include_bytes!("data/moe_kernels_bf16.csv");
    MoeTable::read(text.as_slice()).expect("a table").samples
}

/// The tables of a library.
fn tables(framework: &str, device: &str) -> BTreeMap<Shape, Vec<Sample>> {
    let mut found = measured()
        .into_iter()
        .filter(|(library, _)| library.framework == framework && library.device.contains(device));
    let (_, shapes) = found.next().expect("a library");
    assert!(found.next().is_none(), "one library of {framework} on {device}");
    shapes
}

fn mean(law: &KernelLaw, samples: &[Sample]) -> f64 {
    Errors::of(law, samples).expect("samples").mean
}

const B200: [(&str, &str); 3] =
    [("b200-vllm", "VLLM"), ("b200-sglang", "SGLang"), ("b200-trtllm", "TRTLLM")];

/// One law per library, the same for all models.
#[test]
fn a_law_of_a_library_is_within_7_percent_on_both_models() {
    for (name, framework) in B200 {
        let law = preset(name).grouped_gemm["bf16"];
        let shapes = tables(framework, "B200");
        for shape in [QWEN3_30B, QWEN3_5] {
            let error = mean(&law, &shapes[&shape]);
            assert!(error <= 0.07, "{name}: {error:.3} on {shape:?}");
        }
    }
    let law = preset("h100-vllm").grouped_gemm["bf16"];
    let shapes = tables("VLLM", "H100");
    assert!(mean(&law, &shapes[&QWEN3_30B]) <= 0.04);
    assert!(mean(&law, &shapes[&QWEN3_5]) <= 0.042);
}

/// The shipped numbers are what `sieve calibrate gpu` finds.
#[test]
fn shipped_laws_are_the_fits() {
    for (name, framework) in B200 {
        let shapes = tables(framework, "B200");
        let tables: Vec<&[Sample]> = shapes.values().map(Vec::as_slice).collect();
        let known = known_of("b200");
        assert_eq!(fit(&tables, known), Some(preset(name).grouped_gemm["bf16"]), "{name}");
    }
}

/// A law of one table alone is nearer, also on a GPU of which nothing is known.
#[test]
fn a_law_of_one_table_is_within_4_and_7_percent() {
    let libraries = [("VLLM", "B200"), ("SGLang", "B200"), ("TRTLLM", "B200"), ("VLLM", "H100")];
    for (framework, device) in libraries {
        let shapes = tables(framework, device);
        for (shape, most) in [(QWEN3_30B, 0.04), (QWEN3_5, 0.07)] {
            let samples = &shapes[&shape];
            let law = fit(&[samples], Known::default()).expect("samples");
            let error = mean(&law, samples);
            assert!(error <= most, "{framework} on {device}: {error:.3} on {shape:?}");
        }
    }
}

#[derive(Deserialize)]
struct Activated {
    tokens: u32,
    activated_experts: u32,
    time_us: f64,
}

/// Even routing moves tokens and activated experts together. Where they were varied apart, on a GPU that no other table has, one
/// law still holds: Qwen3-30B-A3B in bf16 on an RTX PRO 6000, casys-kaist/LLMServingSim @ 5daddb2 (MIT).
#[test]
fn a_law_holds_where_tokens_and_activated_experts_vary_apart() {
    let mut reader =
        csv::Reader::from_reader(include_bytes!("data/moe_rtx_pro_6000.csv").as_slice());
    let samples: Vec<Sample> = reader
        .deserialize()
        .map(|row| {
            let Activated { tokens, activated_experts: activated, time_us } = row.expect("a row");
            let visits = tokens * QWEN3_30B.top_k;
            let counts: Vec<u32> = (0..activated)
                .map(|e| visits / activated + u32::from(e < visits % activated))
                .collect();
            let activations = Activations::InHbm { element_bytes: 2 };
            let (hidden, intermediate) = (QWEN3_30B.hidden, QWEN3_30B.intermediate);
            let work = grouped_gemm(&counts, hidden, intermediate, 16, activations);
            Sample { launch: Launch::new(Kind::GroupedGemm, work, counts), us: time_us }
        })
        .collect();
    let errors = Errors::of(&fit(&[&samples], Known::default()).expect("rows"), &samples);
    let errors = errors.expect("rows");
    assert_eq!(samples.len(), 50);
    assert!(errors.mean < 0.07, "{errors:?}");
}

#[derive(Deserialize)]
struct Attention {
    batch_size: u32,
    num_heads: u32,
    num_key_value_heads: u32,
    head_dim: u32,
    window_size: u32,
    context: u32,
    latency_us: f64,
}

#[test]
fn decode_attention_is_within_10_percent_in_the_median() {
    let law = preset("b200-vllm").decode_attention.expect("measured");
    let mut reader =
        csv::Reader::from_reader(include_bytes!("data/decode_attention_b200.csv").as_slice());
    let samples: Vec<Sample> = reader
        .deserialize()
        .map(|row| {
            let row: Attention = row.expect("a row");
            let shape = AttentionShape {
                query_heads: row.num_heads,
                kv_heads: row.num_key_value_heads,
                head_dim: row.head_dim,
                element_bytes: 2,
            };
            let window = if row.window_size > 0 { row.window_size } else { u32::MAX };
            let kv = (0..row.batch_size).map(|_| row.context.min(window));
            let work = decode_attention(shape, kv, Activations::OnChip);
            let requests = (0..row.batch_size).map(|_| 1);
            let launch = Launch::new(Kind::DecodeAttention, work, requests);
            Sample { launch, us: row.latency_us }
        })
        .collect();
    let errors = Errors::of(&law, &samples).expect("rows");
    assert_eq!(samples.len(), 130);
    assert!(errors.median <= 0.10, "{errors:?}");
}

/// Dense products on B200 and H200: rows, columns = inputs, us (ai-dynamo/aiconfigurator @ 095f58a, torch linear).
#[test]
fn dense_products_are_near_their_measurements() {
    let b200 = [
        (1, 4096, 9.7),
        (64, 4096, 9.1),
        (256, 4096, 10.5),
        (1024, 4096, 24.4),
        (4096, 4096, 90.0),
        (1, 8192, 23.8),
        (1, 16384, 82.9),
    ];
    let h200 = [(1, 4096, 12.6), (1, 8192, 34.9), (1, 16384, 125.0)];
    for (name, points) in [("b200-vllm", &b200[..]), ("h200-vllm", &h200[..])] {
        let law = preset(name).dense_gemm.expect("measured");
        for &(rows, side, measured) in points {
            let work = dense_gemm(rows, side, side, 16, Activations::OnChip);
            let sample =
                Sample { launch: Launch::new(Kind::DenseGemm, work, [rows]), us: measured };
            let error = us(&law, &sample) / measured - 1.0;
            assert!(error.abs() < 0.08, "{name}: {rows} x {side}: {error:.3}");
        }
    }
}

#[test]
fn laws_name_a_shipped_gpu_pass_their_checks_and_have_sources() {
    for (name, _) in PRESETS {
        let law = preset(name);
        assert_eq!(law.name, *name);
        assert_eq!(law.check(), Ok(()));
        let gpu = gpu(&law.gpu);
        assert!(Calibrated::new(&law, &gpu, "bf16").is_ok());
        let value = serde_json::to_value(&law).unwrap();
        let pointer = |path: &str| format!("/{}", path.replace('.', "/"));
        for path in law.sources.keys() {
            assert!(value.pointer(&pointer(path)).is_some_and(|v| v.is_object()), "{name}: {path}");
        }
        let formats = law.grouped_gemm.keys().map(|format| format!("grouped_gemm.{format}"));
        let others = ["dense_gemm", "decode_attention", "prefill_attention", "elementwise"];
        let others = others.iter().filter(|kind| value[**kind].is_object());
        for path in formats.chain(others.map(|kind| (*kind).to_owned())) {
            assert!(law.sources.contains_key(&path), "{name}: {path} has no source");
        }
    }
}

#[test]
fn a_check_reports_everything_at_once() {
    let mut law = preset("h100-vllm");
    let grouped = law.grouped_gemm.get_mut("bf16").unwrap();
    (grouped.tile, grouped.exponent) = (0, 0.5);
    assert_eq!(
        law.check().unwrap_err().to_string(),
        "GPU law `h100-vllm`: grouped_gemm.bf16.tile: 0 is outside 1 to 4096; grouped_gemm.bf16.exponent: 0.5 is outside 1 to 64"
    );
    assert_eq!(
        Calibrated::new(&preset("h200-vllm"), &gpu("h200"), "fp8").unwrap_err().to_string(),
        "GPU law `h200-vllm` has no grouped product of fp8 weights; it has bf16"
    );
}

/// Terms add up, and one launch is its terms.
#[test]
fn time_by_hand() {
    let law = KernelLaw {
        launch_ns: 10,
        group_ps: 500,
        bytes_per_s: 1_000_000_000_000,
        flops_per_s: 1_000_000_000_000_000,
        tile: 8,
        exponent: 1.0,
    };
    // Two experts of 24 weights: 96 B in 96 ps; 1 and 8 tokens fill 16 rows of 48 flops: 0.768 ps.
    let tokens = [1, 8];
    let work = grouped_gemm(&tokens, 4, 2, 16, Activations::OnChip);
    let launch = Launch::new(Kind::GroupedGemm, work, tokens);
    let by_hand = 10_000_000 + 2 * 500_000 + 96_000 + 768;
    // The join of the two rounds up once more.
    assert!([by_hand, by_hand + 1].contains(&law.time(&launch).as_ticks()));
}

#[test]
fn what_was_not_measured_follows_the_roofline() {
    let (spec, gpu) = (preset("h100-vllm"), gpu("h100"));
    let law = Law::Calibrated(Box::new(Calibrated::new(&spec, &gpu, "bf16").unwrap()));
    let work = dense_gemm(7, 512, 512, 16, Activations::OnChip);
    let launch = Launch::new(Kind::PrefillAttention, work, [7]);
    assert_eq!(law.pace(&[launch]), Roofline::new(&gpu).unwrap().time(work));
}

prop_compose! {
    fn any_law()(
        launch_ns in 0..100_000_u64,
        group_ps in 0..1_000_000_u64,
        bytes_per_s in 1_u64 << 40..1 << 43,
        flops_per_s in 1_u64 << 47..1 << 51,
        tile in prop::sample::select(vec![1, 8, 64, 128]),
        exponent in 1.0..64.0_f64,
    ) -> KernelLaw {
        KernelLaw { launch_ns, group_ps, bytes_per_s, flops_per_s, tile, exponent }
    }
}

proptest! {
    /// Memory and compute time overlap at best wholly and at worst not at all, and more tokens never take less.
    #[test]
    fn time_lies_between_the_longer_term_and_their_sum(
        law in any_law(),
        mut tokens in prop::collection::vec(0_u32..300, 1..64),
        more in any::<prop::sample::Index>(),
    ) {
        let launch = |tokens: &[u32]| {
            let work = grouped_gemm(tokens, 512, 256, 16, Activations::InHbm { element_bytes: 2 });
            Launch::new(Kind::GroupedGemm, work, tokens.iter().copied())
        };
        let one = launch(&tokens);
        let (terms, time) = (law.terms(&one), law.time(&one));
        let slack = Femtos::from_ticks(2);
        prop_assert!(time >= terms.fixed + terms.memory.max(terms.compute));
        prop_assert!(time <= terms.fixed + terms.memory + terms.compute + slack);
        let index = more.index(tokens.len());
        tokens[index] += 1;
        prop_assert!(law.time(&launch(&tokens)) + slack >= time);
    }
}
