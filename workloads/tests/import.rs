//! Hugging Face configurations: the facts of published files give the presets, and mistakes are named.

use proptest::prelude::*;
use serde_json::{Value, json};
use workloads::ModelSpec;
use workloads::model::import::{import, model_types};
use workloads::model::{Attention, FeedForward, PRESETS, Span, WeightFormat};

/// Presets whose number of GPUs is the paper's.
const OF_THE_PAPER: [&str; 4] =
    ["qwen3-30b-a3b", "gpt-oss-20b", "gpt-oss-120b", "qwen3.5-397b-a17b"];

/// The file of a preset.
fn config(name: &str) -> Value {
    let path = format!("{}/tests/configs/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn read(config: &Value) -> Result<ModelSpec, String> {
    import(&config.to_string(), "config.json", None).map_err(|error| error.to_string())
}

/// The file with some keys changed, or taken out by null.
fn changed(name: &str, changes: &[(&str, Value)]) -> Result<ModelSpec, String> {
    let mut config = config(name);
    let keys = config.as_object_mut().unwrap();
    for (key, value) in changes {
        if value.is_null() {
            keys.remove(*key);
        } else {
            keys.insert((*key).to_owned(), value.clone());
        }
    }
    read(&config)
}

#[test]
fn every_preset_is_what_its_configuration_gives() {
    let mut types: Vec<String> = Vec::new();
    for (name, _) in PRESETS {
        let config = config(name);
        types.push(config["model_type"].as_str().unwrap().to_owned());
        let mut found = import(&config.to_string(), "config.json", Some(name)).unwrap();
        let preset = ModelSpec::preset(name).unwrap();
        if OF_THE_PAPER.contains(name) {
            found.default_gpus = preset.default_gpus;
        }
        if *name == "gpt-oss-20b" {
            "gpt-oss-20b".clone_into(&mut found.default_routing);
        }
        found.sources.clone_from(&preset.sources);
        assert_eq!(found, preset);
    }
    assert!(model_types().iter().all(|known| types.iter().any(|found| found == known)));
}

#[test]
fn a_language_model_without_its_vision_part_is_the_same() {
    for name in ["llama-4-maverick", "qwen3.5-35b-a3b"] {
        let whole = config(name);
        let mut bare = whole["text_config"].clone();
        bare["tie_word_embeddings"] = json!(false);
        let (whole, bare) = (read(&whole).unwrap(), read(&bare).unwrap());
        assert_eq!((bare.pattern, bare.experts), (whole.pattern, whole.experts));
    }
}

#[test]
fn sources_name_the_file_and_its_keys() {
    let sources = read(&config("llama-4-maverick")).unwrap().sources;
    assert_eq!(sources["hidden"], "config.json: hidden_size");
    assert!(sources["pattern"].contains("interleave_moe_layer_step, intermediate_size_mlp"));
    assert!(
        sources["pattern"]
            .contains("no_rope_layer_interval 4, the default of transformers Llama4TextConfig")
    );
    assert_eq!(
        sources["tied_embeddings"],
        "config.json: tie_word_embeddings false, the default of transformers Llama4TextConfig"
    );
}

#[test]
fn quantisation_is_read() {
    let of = |name, quantization: Value| {
        changed(name, &[("quantization_config", quantization)])
            .map(|m| (m.experts.weights, m.weights))
    };
    let oss =
        of("gpt-oss-120b", json!({"quant_method": "mxfp4", "modules_to_not_convert": ["lm_head"]}));
    assert_eq!(oss, Ok((WeightFormat::Mxfp4, WeightFormat::Bf16)));
    let block = json!({"quant_method": "fp8", "fmt": "e4m3", "weight_block_size": [128, 128]});
    assert_eq!(of("deepseek-v3", block), Ok((WeightFormat::Fp8Block, WeightFormat::Fp8Block)));
    let plain = json!({"quant_method": "fp8"});
    assert_eq!(of("deepseek-v3", plain), Ok((WeightFormat::Fp8, WeightFormat::Fp8)));
    let awq = of("deepseek-v2-lite", json!({"quant_method": "awq", "bits": 4})).unwrap_err();
    assert!(awq.contains("quant_method `awq` is unknown; there is mxfp4, fp8"), "{awq}");
    assert_eq!(
        changed("olmoe-1b-7b", &[("torch_dtype", json!("float32"))]).unwrap().weights,
        WeightFormat::Fp32
    );
}

/// As the file of openai/gpt-oss-20b is published.
#[test]
fn without_a_type_weights_are_taken_for_bf16() {
    let quantized = ("quantization_config", json!({"quant_method": "mxfp4"}));
    let model = changed("gpt-oss-20b", &[("torch_dtype", json!(null)), quantized]).unwrap();
    assert_eq!((model.experts.weights, model.weights), (WeightFormat::Mxfp4, WeightFormat::Bf16));
    assert_eq!(
        model.sources["weights"],
        "config.json: quantization_config, no torch_dtype or dtype (assumption: bf16)"
    );
}

#[test]
fn layers_of_other_kinds_are_told_apart() {
    let model = changed(
        "qwen3-30b-a3b",
        &[
            ("decoder_sparse_step", json!(2)),
            ("mlp_only_layers", json!([1])),
            ("intermediate_size", json!(6144)),
        ],
    )
    .unwrap();
    let dense = model
        .layer_groups()
        .iter()
        .find(|g| g.name == "dense full")
        .map(|g| (g.layers, g.feed_forward));
    // All 24 even layers, and layer 1.
    assert_eq!(dense, Some((25, FeedForward::Dense(6144))));

    let window = [("use_sliding_window", json!(true)), ("sliding_window", json!(4096))];
    let windowed = changed("qwen3-30b-a3b", &window).unwrap();
    assert!(matches!(
        windowed.pattern[0].attention,
        Attention::GroupedQuery { span: Span::Sliding(4096), .. }
    ));
    let types = json!(["full_attention", "linear_attention", "linear_attention"]);
    let model =
        changed("qwen3-next-80b-a3b", &[("num_hidden_layers", json!(3)), ("layer_types", types)])
            .unwrap();
    let runs: Vec<_> = model.pattern.iter().map(|run| (run.name.as_str(), run.layers)).collect();
    assert_eq!(runs, [("full", 1), ("delta", 2)]);
}

#[track_caller]
fn refused(found: Result<ModelSpec, String>, says: &str) {
    assert_eq!(found.unwrap_err(), format!("config.json: {says}"));
}

#[test]
fn mistakes_are_named_all_at_once() {
    let types = "there is qwen3_moe, qwen3_next, qwen3_5_moe, gpt_oss, mixtral, phimoe, olmoe, deepseek_v2, deepseek_v3, kimi_k2, glm4_moe, llama4";
    refused(
        read(&json!({"model_type": "bert"})),
        &format!("model_type: `bert` is unknown; {types}"),
    );
    refused(read(&json!({})), &format!("model_type: is missing; {types}"));
    refused(read(&json!({"model_type": 5})), &format!("model_type: 5 is no string; {types}"));
    let gone = [("hidden_size", json!(null)), ("kv_lora_rank", json!(null))];
    refused(changed("deepseek-v3", &gone), "hidden_size: is missing; kv_lora_rank: is missing");
    refused(changed("gpt-oss-20b", &[("layer_types", json!(null))]), "layer_types: is missing");
    refused(
        changed("mixtral-8x7b", &[("vocab_size", json!("many")), ("num_local_experts", json!(-8))]),
        "vocab_size: invalid type: string \"many\", expected u32; num_local_experts: invalid value: integer `-8`, expected u32",
    );
    refused(
        changed("gpt-oss-20b", &[("layer_types", json!(["full_attention", "mamba"]))]),
        "layer_types: has 2 entries for 24 layers; layer_types: `mamba` is unknown; there is full_attention, sliding_attention, chunked_attention, linear_attention",
    );
    refused(
        changed("qwen3-30b-a3b", &[("num_hidden_layers", json!(4_000_000_000_u32))]),
        "num_hidden_layers: 4000000000 is above 1024",
    );
    refused(
        changed("kimi-k2", &[("moe_layer_freq", json!(2))]),
        "moe_layer_freq: 2; only 1 is understood",
    );
    refused(
        read(&json!({"model_type": "llama4"})).map_err(|e| e[..49].to_owned()),
        "text_config: is missing or no object",
    );
    refused(
        changed("olmoe-1b-7b", &[("num_experts_per_tok", json!(65))]),
        "experts.top_k (num_experts_per_tok): 65 is outside 1 to 64",
    );
    refused(
        changed("mixtral-8x7b", &[("hidden_size", json!(0)), ("head_dim", json!(128))]),
        "hidden (hidden_size): 0 is outside 1 to 131072",
    );
    refused(
        changed("mixtral-8x7b", &[("num_key_value_heads", json!(7))]),
        "pattern.0.attention.kv_heads: 7 does not divide the 32 query heads",
    );
    let layers = [("mlp_only_layers", json!([99])), ("decoder_sparse_step", json!(0))];
    refused(
        changed("qwen3-30b-a3b", &layers),
        "mlp_only_layers: 99 is no layer; 48 are counted from 0; decoder_sparse_step: 0; at least 1 is understood",
    );
    for name in ["", "two\nlines"] {
        let named = import(&config("olmoe-1b-7b").to_string(), "config.json", Some(name));
        let says = format!("name: {name:?}; a name is not blank");
        assert!(named.unwrap_err().to_string().contains(&says), "{name:?}");
    }
    let broken = import("{\"model_type\": ", "config.json", None).unwrap_err().to_string();
    assert!(broken.starts_with("config.json:1:15: EOF"), "{broken}");
    let list = import("[1]", "config.json", None).unwrap_err().to_string();
    assert!(list.starts_with("config.json:1:0: invalid type: sequence"), "{list}");
}

proptest! {
    /// Any number in place of any: a model that passes its check, or an error.
    #[test]
    fn no_number_panics(
        preset in 0..PRESETS.len(), key in any::<prop::sample::Index>(), value in prop_oneof![0..5_u32, any::<u32>()]
    ) {
        let mut config = config(PRESETS[preset].0);
        let inner = config.get("text_config").is_some();
        let keys = if inner { &mut config["text_config"] } else { &mut config };
        let mut numbers: Vec<&mut Value> =
            keys.as_object_mut().unwrap().values_mut().filter(|value| value.is_number()).collect();
        let at = key.index(numbers.len());
        *numbers[at] = json!(value);
        if let Ok(model) = read(&config) {
            prop_assert_eq!(model.check(), Ok(()));
            prop_assert!(model.active_params() <= model.routed_expert_params() + model.other_params());
        }
    }
}
