//! The model presets against published sizes, and what a check finds.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use workloads::ModelSpec;
use workloads::model::{Attention, Matrix, PRESETS, Projections, Span};

fn preset(name: &str) -> ModelSpec {
    ModelSpec::preset(name).unwrap()
}

#[track_caller]
fn near(found: u64, published: f64, tolerance: f64) {
    let off = found as f64 / published - 1.0;
    assert!(off.abs() < tolerance, "{found} is {:.2} % off {published}", 100.0 * off);
}

#[test]
fn presets_are_consistent_and_named_as_listed() {
    for (name, _) in PRESETS {
        let model = preset(name);
        assert_eq!((model.name.as_str(), model.check()), (*name, Ok(())));
    }
}

/// gpt-oss model card (arXiv 2508.10925), table 1: parameters of MLP, attention, embedding and unembedding, and of a token.
#[test]
fn gpt_oss_has_the_parameters_of_its_model_card() {
    for (name, mlp, attention, embeddings, active) in [
        ("gpt-oss-120b", 114.71e9, 0.96e9, 1.16e9, 5.13e9),
        ("gpt-oss-20b", 19.12e9, 0.64e9, 1.16e9, 3.61e9),
    ] {
        let model = preset(name);
        let routers = u64::from(model.layers) * model.router().params();
        near(model.routed_expert_params() + routers, mlp, 0.005);
        near(2 * model.lm_head().params(), embeddings, 0.005);
        near(model.other_params() - routers - 2 * model.lm_head().params(), attention, 0.005);
        near(active_params(&model) - model.lm_head().params(), active, 0.005);
    }
}

/// Model cards: 30.5 B of which 3.3 B active; 397 B of which 17 B active.
#[test]
fn qwen_has_the_parameters_of_its_model_cards() {
    for (name, total, active) in
        [("qwen3-30b-a3b", 30.5e9, 3.3e9), ("qwen3.5-397b-a17b", 397e9, 17e9)]
    {
        let model = preset(name);
        near(model.routed_expert_params() + model.other_params(), total, 0.005);
        near(active_params(&model), active, 0.025);
    }
}

fn active_params(model: &ModelSpec) -> u64 {
    let visited = model.expert_params() * u64::from(model.experts.top_k * model.layers);
    visited + model.other_params()
}

#[test]
fn matrices_and_bytes_of_qwen3() {
    let model = preset("qwen3-30b-a3b");
    assert_eq!(model.gate_up(), Matrix { rows: 1536, columns: 2048 });
    assert_eq!(model.down(), Matrix { rows: 2048, columns: 768 });
    assert_eq!(model.expert_bytes(), 9_437_184);
    assert_eq!(model.router(), Matrix { rows: 128, columns: 2048 });
    let input = Matrix { rows: (32 + 2 * 4) * 128, columns: 2048 };
    let output = Matrix { rows: 2048, columns: 32 * 128 };
    assert_eq!(model.projections(0), Projections { input, output });
    assert_eq!(model.kv_bytes_per_token(47), 2048);
    assert_eq!(model.shared_matrices(), None);
    assert_eq!(model.shared_bytes(), 0);
    assert_eq!(model.lm_head().bytes(16), 151_936 * 2048 * 2);
}

#[test]
fn matrices_and_bytes_of_qwen3_5() {
    let model = preset("qwen3.5-397b-a17b");
    let (delta, full) = (0, 3);
    let input = Matrix { rows: 2 * 16 * 128 + 2 * 64 * 128 + 2 * 64, columns: 4096 };
    let output = Matrix { rows: 4096, columns: 64 * 128 };
    assert_eq!(model.projections(delta), Projections { input, output });
    let input = Matrix { rows: (2 * 32 + 2 * 2) * 256, columns: 4096 };
    let output = Matrix { rows: 4096, columns: 32 * 256 };
    assert_eq!(model.projections(full), Projections { input, output });
    assert_eq!((model.kv_bytes_per_token(delta), model.kv_bytes_per_token(full)), (0, 2048));
    // 64 states of 128 x 128 in fp32, and 3 inputs of 12,288 convolved channels in bf16.
    let state = 64 * 128 * 128 * 4 + 3 * 12_288 * 2;
    assert_eq!(model.state_bytes_per_request(delta), state);
    assert_eq!(model.state_bytes_per_request(full), 0);
    assert_eq!(model.shared_bytes(), model.expert_bytes());
    // 773 GB of routed experts; about 20 GB that data-parallel attention replicates.
    let bytes = model.parameter_bytes();
    near(bytes.routed_experts, 773e9, 0.001);
    near(bytes.other, 19.6e9, 0.005);
}

#[test]
fn layers_follow_the_pattern() {
    let model = preset("qwen3.5-397b-a17b");
    let full = |layer| matches!(model.attention(layer), Attention::GroupedQuery { .. });
    let full: Vec<_> = (0..model.layers).filter(|&layer| full(layer)).collect();
    assert_eq!(full, (0..15).map(|n| 4 * n + 3).collect::<Vec<_>>());
    let groups: Vec<_> = model.layer_groups().iter().map(|g| (g.name, g.layers)).collect();
    assert_eq!(groups, [("delta", 45), ("full", 15)]);

    let mut model = preset("gpt-oss-120b");
    let groups: Vec<_> = model.layer_groups().iter().map(|g| (g.name, g.layers)).collect();
    assert_eq!(groups, [("sliding", 18), ("full", 18)]);
    model.layers = 1;
    let groups: Vec<_> = model.layer_groups().iter().map(|g| (g.name, g.layers)).collect();
    assert_eq!(groups, [("sliding", 1), ("full", 0)]);
}

#[test]
fn a_sliding_window_bounds_what_is_read() {
    let model = preset("gpt-oss-120b");
    let read = |layer, context| model.attention(layer).kv_tokens_read(context);
    assert_eq!((read(0, 100), read(0, 1000), read(1, 1000)), (100, 128, 1000));
    assert_eq!(preset("qwen3.5-397b-a17b").attention(0).kv_tokens_read(1000), 0);
}

#[test]
fn odd_bits_round_up_to_bytes() {
    assert_eq!(Matrix { rows: 3, columns: 1 }.bytes(4), 2);
}

#[test]
fn check_reports_all_findings_at_once() {
    let mut model = preset("gpt-oss-120b");
    model.default_routing = "zipf".into();
    model.layers = 0;
    model.experts.top_k = 200;
    let Attention::GroupedQuery { kv_heads, span, .. } = &mut model.pattern[0].attention else {
        unreachable!("GPT-OSS has no other attention")
    };
    (*kv_heads, *span) = (7, Span::Sliding(0));
    model.pattern[1].name = "sliding".into();
    let routings: Vec<_> = workloads::generator::PRESETS.iter().map(|(name, _)| *name).collect();
    let found: Vec<_> =
        model.check().unwrap_err().0.iter().map(|f| format!("{}: {}", f.path, f.says)).collect();
    assert_eq!(
        found,
        [
            "layers: 0 is outside 1 to 1024",
            "experts.top_k: 200 is outside 1 to 128",
            &format!(
                "default_routing: no routing preset is called `zipf`; there is {}, or a .ron file",
                routings.join(", ")
            ),
            "pattern.0.attention.kv_heads: 7 does not divide the 64 query heads",
            "pattern.0.attention.span.sliding: 0 is outside 1 to 4294967295",
            "pattern.1.name: `sliding` names an earlier run too; names are unique",
        ]
    );
    model.pattern.clear();
    assert!(model.check().unwrap_err().to_string().contains("pattern: is empty"));
}

#[test]
fn an_unknown_preset_names_the_known_ones() {
    let error = ModelSpec::preset("gpt-5").unwrap_err().to_string();
    assert_eq!(
        error,
        "no model preset is called `gpt-5`; there is qwen3-30b-a3b, gpt-oss-20b, gpt-oss-120b, qwen3.5-397b-a17b"
    );
}

#[test]
fn an_unknown_key_is_refused() {
    let text = PRESETS[0].1.replace("kv_bits", "kv_bit");
    let error = ron::from_str::<ModelSpec>(&text).unwrap_err().to_string();
    assert!(error.contains("`kv_bit`") && error.contains("`kv_bits`"), "{error}");
}
