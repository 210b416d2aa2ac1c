//! `sieve model` as a user meets it.

use serde_json::{Value, json};

use crate::common::sieve;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = json!({
        "model_type": "mixtral", "torch_dtype": "bfloat16", "num_hidden_layers": 2, "hidden_size": 512,
        "vocab_size": 1000, "num_attention_heads": 8, "num_key_value_heads": 2, "intermediate_size": 1024,
        "num_local_experts": 8, "num_experts_per_tok": 2,
    });
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    folder
}

fn read(args: &str) -> Value {
    let output = sieve(folder().path(), &format!("{args} --json")).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn models_are_listed_and_shown() {
    let list = read("model list");
    let models = list["models"].as_array().unwrap();
    assert_eq!(models.len(), 16);
    for entry in models {
        let name = entry["name"].as_str().unwrap();
        let one = read(&format!("model show {name}"));
        assert!(entry.as_object().unwrap().iter().all(|(key, value)| one[key] == *value), "{name}");
    }
    let bf16 = read("model show deepseek-v3");
    // 61 layers, each with 576 elements of 2 B a token.
    assert_eq!(bf16["kv_bytes_per_token"], 61 * 576 * 2);
    assert_eq!(bf16["layer_kinds"][0]["feed_forward"], json!({"dense": 18432}));
    let fp8 = read("model show deepseek-v3 --set experts.weights=fp8_block");
    assert_eq!(fp8["expert_weights"], "fp8_block");
    let ratio = fp8["expert_bytes"].as_f64().unwrap() / bf16["expert_bytes"].as_f64().unwrap();
    assert!((0.5..0.5003).contains(&ratio), "{ratio}");
    let text = sieve(folder().path(), "model show deepseek-v3").output().unwrap().stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("671.03 B") && text.contains("latent 128:1 x 512+64"), "{text}");
}

#[test]
fn an_imported_model_is_a_file_that_replays() {
    let place = folder();
    let printed = sieve(place.path(), "model import config.json").output().unwrap().stdout;
    let args = "model import config.json --out my.ron --json";
    let report = sieve(place.path(), args).output().unwrap().stdout;
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_eq!((&report["name"], &report["layers"]), (&"mixtral".into(), &2.into()));
    assert_eq!(report["sources"]["hidden"], "config.json: hidden_size");
    assert_eq!(std::fs::read(place.path().join("my.ron")).unwrap(), printed);
    let shown = sieve(place.path(), "model show my.ron --json").output().unwrap().stdout;
    assert_eq!(serde_json::from_slice::<Value>(&shown).unwrap(), report);
    let replay =
        "replay --model my.ron --batch 2 --steps 1 --warmup-steps 1 --methods gpu-only,sieve";
    sieve(place.path(), replay).assert().success();
}

/// Exit status 2, one message, nothing left behind.
#[track_caller]
fn refused(args: &str, says: &str) {
    let place = folder();
    let output = sieve(place.path(), args).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains(says) && output.stdout.is_empty(), "{message}");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
}

#[test]
fn mistakes_are_refused() {
    refused("model show mixtral-8x7", "did you mean `mixtral-8x7b`?");
    refused("model show kimi-k2 --set experts.weights=int3", "expected one of `fp32`, `bf16`");
    refused("model show kimi-k2 --set layers=0", "model `kimi-k2`: layers: 0 is outside 1 to 1024");
    refused("model show config.json", "config.json:1:");
    refused("model import missing.json", "missing.json: cannot be read");
    refused("model import config.json --json", "--out");
    refused("model import config.json --out none/my.ron", "none/my.ron: cannot be written");
    refused(
        "replay --model kimi-k2 --set experts.weights=fp8_block",
        "fp8_block; PIM units multiply operands of 16 bits",
    );
    refused("expert --model config.json", "config.json:1:");
}
