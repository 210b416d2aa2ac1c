//! The model presets against published sizes, and what a check finds.

use workloads::model::{Attention, Ffn, Matrix, PRESETS, Projections, Span, WeightFormat};
use workloads::trace::{Array, Records};
use workloads::{Decode, GeneratorSpec, KvLengths, ModelSpec, RoutingSource, Trace};

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
        near(model.active_params() - model.lm_head().params(), active, 0.005);
    }
}

/// Parameters in all and of a token, in 10^9, as published. A total is met within 1.5 %; published active counts are rounded, and
/// differ in whether embeddings are in.
#[test]
fn presets_have_the_published_parameters() {
    let published = [
        ("qwen3-30b-a3b", 30.5, 3.3, "model card"),
        ("qwen3-235b-a22b", 235.0, 22.0, "model card"),
        ("qwen3-next-80b-a3b", 80.0, 3.0, "model card; active without embeddings"),
        ("qwen3.5-35b-a3b", 35.0, 3.0, "model card; active without embeddings"),
        ("qwen3.5-397b-a17b", 397.0, 17.0, "model card"),
        ("gpt-oss-20b", 20.91, 3.61, "arXiv 2508.10925 table 1"),
        ("gpt-oss-120b", 116.83, 5.13, "arXiv 2508.10925 table 1"),
        ("mixtral-8x7b", 46.7, 12.9, "release notes"),
        ("mixtral-8x22b", 141.0, 39.0, "release notes"),
        ("deepseek-v2-lite", 15.7, 2.4, "arXiv 2405.04434 appendix B"),
        ("deepseek-v3", 671.0, 37.0, "arXiv 2412.19437 section 4.2"),
        ("kimi-k2", 1040.0, 32.6, "arXiv 2507.20534"),
        ("glm-4.5", 355.0, 32.0, "arXiv 2508.06471"),
        ("llama-4-maverick", 400.0, 17.0, "model card"),
        ("olmoe-1b-7b", 6.9, 1.3, "arXiv 2409.02060"),
        ("phi-3.5-moe", 41.9, 6.6, "model card"),
    ];
    for (name, total, active, source) in published {
        let model = preset(name);
        near(model.routed_expert_params() + model.other_params(), total * 1e9, 0.015);
        let found = model.active_params();
        let without_embeddings = found - 2 * model.lm_head().params();
        assert!(found as f64 > 0.97e9 * active, "{name}: {found}, {source}");
        assert!(
            (without_embeddings as f64) < 1.09e9 * active,
            "{name}: {without_embeddings}, {source}"
        );
    }
    assert_eq!(
        published.map(|(name, ..)| name).to_vec(),
        PRESETS.iter().map(|p| p.0).collect::<Vec<_>>()
    );
}

#[test]
fn matrices_and_bytes_of_qwen3() {
    let model = preset("qwen3-30b-a3b");
    assert_eq!(model.gate_up(), Matrix { rows: 1536, columns: 2048 });
    assert_eq!(model.down(), Matrix { rows: 2048, columns: 768 });
    assert_eq!(model.expert_bytes(), 9_437_184);
    assert_eq!(model.router(), Matrix { rows: 128, columns: 2048 });
    let input = vec![Matrix { rows: (32 + 2 * 4) * 128, columns: 2048 }];
    let output = vec![Matrix { rows: 2048, columns: 32 * 128 }];
    assert_eq!(model.attention(0).projections(model.hidden), Projections { input, output });
    assert_eq!(model.kv_bytes_per_token(model.attention(47)), 2048);
    assert_eq!(model.shared_matrices(), None);
    assert_eq!(model.shared_bytes(), 0);
    assert_eq!(model.lm_head().bytes(WeightFormat::Bf16), 151_936 * 2048 * 2);
}

#[test]
fn matrices_and_bytes_of_qwen3_5() {
    let model = preset("qwen3.5-397b-a17b");
    let (delta, full) = (0, 3);
    let input = vec![Matrix { rows: 2 * 16 * 128 + 2 * 64 * 128 + 2 * 64, columns: 4096 }];
    let output = vec![Matrix { rows: 4096, columns: 64 * 128 }];
    assert_eq!(model.attention(delta).projections(model.hidden), Projections { input, output });
    let input = vec![Matrix { rows: (2 * 32 + 2 * 2) * 256, columns: 4096 }];
    let output = vec![Matrix { rows: 4096, columns: 32 * 256 }];
    assert_eq!(model.attention(full).projections(model.hidden), Projections { input, output });
    assert_eq!(
        (
            model.kv_bytes_per_token(model.attention(delta)),
            model.kv_bytes_per_token(model.attention(full))
        ),
        (0, 2048)
    );
    // 64 states of 128 x 128 in fp32, and 3 inputs of 12,288 convolved channels in bf16.
    let state = 64 * 128 * 128 * 4 + 3 * 12_288 * 2;
    assert_eq!(model.state_bytes_per_request(model.attention(delta)), state);
    assert_eq!(model.state_bytes_per_request(model.attention(full)), 0);
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
fn a_chunk_begins_anew() {
    let read = |context| Span::Chunked(8192).tokens(context);
    assert_eq!([0, 1, 8192, 8193, 20_000].map(read), [0, 1, 8192, 1, 3616]);
    // Layers 3, 7, .. of Llama 4 see everything.
    let model = preset("llama-4-maverick");
    assert_eq!([0, 1, 2, 3].map(|l| model.attention(l).kv_tokens_read(8200)), [8, 8, 8, 8200]);
}

#[test]
fn routed_layers_are_counted_apart_from_dense_ones() {
    let (dense, moe) = (Ffn::Dense, Ffn::Moe);
    let cases = [
        (
            "deepseek-v3",
            [dense(18432), dense(18432), dense(18432), moe(0)],
            vec![("dense latent", 3), ("latent", 58)],
        ),
        (
            "llama-4-maverick",
            [dense(16384), moe(0), dense(16384), moe(1)],
            vec![("dense chunked", 24), ("chunked", 12), ("full", 12)],
        ),
    ];
    for (name, first, groups) in cases {
        let model = preset(name);
        let ffns: Vec<_> = model.decoder().map(|layer| layer.ffn).collect();
        assert_eq!((ffns.len(), &ffns[..4]), (model.layers as usize, &first[..]), "{name}");
        let routed: Vec<_> = ffns.into_iter().filter(|ffn| matches!(ffn, Ffn::Moe(_))).collect();
        assert_eq!(routed, (0..model.moe_layers()).map(moe).collect::<Vec<_>>(), "{name}");
        let found: Vec<_> = model.layer_groups().iter().map(|g| (g.name, g.layers)).collect();
        assert_eq!(found, groups, "{name}");
    }
}

#[test]
fn routing_and_traces_know_the_layers_with_experts_only() {
    let model = preset("deepseek-v2-lite");
    let routing = RoutingSource::Synthetic(GeneratorSpec::preset("uniform").unwrap());
    let mut decode = Decode::new(routing, &model, 3, KvLengths::Constant(10), 1).unwrap();
    assert_eq!(decode.next_step().expert_ids.len(), 26 * 3 * 6);
    let trace = |layers| {
        // One token, of the first six experts.
        let counts = (0..layers * 64).map(|at| u32::from(at % 64 < 6)).collect();
        let counts = Array::new([1, layers, 64], counts).unwrap();
        Trace::new("here", &model, Records::Counts { counts }).map(|_| ())
    };
    assert!(trace(26).is_ok());
    let error = trace(27).unwrap_err().to_string();
    assert!(error.contains("has 27 layers, model `deepseek-v2-lite` has 26"), "{error}");
}

/// DeepSeek-V2 (arXiv 2405.04434 table 1): a token's entry is kv_lora_rank 512 + qk_rope_head_dim 64 elements. Every matrix of
/// the attention of DeepSeek-V3: q_a, q_b, kv_a, kv_b in its two halves, o.
#[test]
fn latent_attention_caches_one_entry_and_counts_every_matrix() {
    let model = preset("deepseek-v3");
    assert_eq!(model.kv_bytes_per_token(model.attention(60)), 2 * (512 + 64));
    let Projections { input, output } = model.attention(0).projections(model.hidden);
    let params = |matrices: Vec<Matrix>| matrices.into_iter().map(Matrix::params).sum::<u64>();
    let [q_a, q_b, kv_a] = [7168 * 1536, 1536 * 128 * 192, 7168 * 576];
    let kv_b = 512 * 128 * (128 + 128);
    assert_eq!(params(input) + params(output), q_a + q_b + kv_a + kv_b + 128 * 128 * 7168);
    // Without compressed queries one matrix makes queries and entry.
    let Projections { input, .. } = preset("deepseek-v2-lite").attention(0).projections(2048);
    assert_eq!(input[0], Matrix { rows: 16 * 192 + 576, columns: 2048 });
}

#[test]
fn formats_shrink_experts() {
    let of = |name, format| {
        let mut model = preset(name);
        model.experts.weights = format;
        model.expert_bytes()
    };
    // 3 x 2880 x 2880 weights of 4.25 bits, rows being whole blocks of 32.
    assert_eq!(of("gpt-oss-120b", WeightFormat::Mxfp4), 3 * 2880 * 2880 * 17 / 32);
    // 3 x 7168 x 2048 bytes and a 4-byte scale for each 128 x 128.
    assert_eq!(of("deepseek-v3", WeightFormat::Fp8Block), 3 * 7168 * 2048 + 3 * 56 * 16 * 4);
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
            "pattern.1.name: `sliding` names an earlier run that is not alike; a name stands for one kind of layer",
        ]
    );
    let mut dense = preset("deepseek-v3");
    dense.layers = 3;
    let says = dense.check().unwrap_err().to_string();
    assert_eq!(says, "layers: 3 end before the first layer with experts, which is number 4");
    dense.pattern.truncate(1);
    let says = dense.check().unwrap_err().to_string();
    assert_eq!(says, "pattern: has no run whose feed_forward is moe");
    model.pattern.clear();
    assert!(model.check().unwrap_err().to_string().contains("pattern: is empty"));
}

#[test]
fn an_unknown_preset_names_the_known_ones() {
    let error = ModelSpec::preset("gpt-5").unwrap_err().to_string();
    let known: Vec<_> = PRESETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(error, format!("no model preset is called `gpt-5`; there is {}", known.join(", ")));
}

#[test]
fn an_unknown_key_is_refused() {
    let text = PRESETS[0].1.replace("kv_bits", "kv_bit");
    let error = ron::from_str::<ModelSpec>(&text).unwrap_err().to_string();
    assert!(error.contains("`kv_bit`") && error.contains("`kv_bits`"), "{error}");
}
