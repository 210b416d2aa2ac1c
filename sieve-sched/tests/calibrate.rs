//! `sieve calibrate gpu`, and replays by the laws that it writes.

use serde_json::Value;

use crate::common::sieve;

/// Measurements of four libraries.
const TABLE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../gpu-model/tests/data/moe_kernels_bf16.csv");

fn json(command: &str) -> Value {
    let place = tempfile::tempdir().unwrap();
    let output = sieve(place.path(), command).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn refused(command: &str, says: &str) {
    let place = tempfile::tempdir().unwrap();
    let output = sieve(place.path(), command).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains(says), "{error}");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn each_library_gets_a_law_and_each_shape_one_of_its_own() {
    let fitted = json(&format!("calibrate gpu {TABLE} --library h100 --json"));
    let [library] = fitted["experts"].as_array().unwrap().as_slice() else { panic!("{fitted}") };
    assert_eq!(library["library"]["format"], "bf16");
    let shapes = library["shapes"].as_array().unwrap();
    assert_eq!(shapes.len(), 3);
    for shape in shapes {
        let error = |key: &str| shape[key]["mean"].as_f64().unwrap();
        assert!(error("own_errors") <= error("errors"), "{shape}");
        assert_eq!(shape["samples"], 27);
    }
}

#[test]
fn a_law_that_was_written_drives_a_replay() {
    let place = tempfile::tempdir().unwrap();
    let run = |command: &str| {
        let output = sieve(place.path(), command).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    run(&format!(
        "calibrate gpu {TABLE} --library vllm,b200 --gpu b200 --base b200-vllm --out mine.ron"
    ));
    let replay = "replay --batch 4 --steps 1 --warmup-steps 0 --methods gpu-only --out out --json";
    let time = |law: &str| {
        let summary: Value = serde_json::from_slice(&run(&format!("{replay} {law}"))).unwrap();
        summary["models"][0]["points"][0]["step_time_us"].as_f64().unwrap()
    };
    let (mine, shipped) = (time("--gpu-law mine.ron"), time("--gpu-law calibrated"));
    assert_eq!(mine, shipped);
    assert!(mine > 1.2 * time(""), "{mine} us against the roofline's {}", time(""));
}

#[test]
fn a_law_of_another_gpu_or_without_a_kind_of_kernels_is_told() {
    let replay = "replay --batch 4 --steps 1 --warmup-steps 0 --methods gpu-only --out out --json";
    let summary = json(&format!("{replay} --gpu-law h100-vllm"));
    let warnings = summary["models"][0]["warnings"].to_string();
    for says in [
        "GPU law `h100-vllm` was measured on `h100`, the system has `b200`",
        "was not measured for prefill_attention",
    ] {
        assert!(warnings.contains(says), "{warnings}");
    }
    let calibrated = json(&format!("{replay} --gpu-law calibrated"));
    assert_eq!(calibrated["models"][0]["warnings"], Value::Array(Vec::new()));
}

#[test]
fn what_is_read_is_not_written_over() {
    let place = tempfile::tempdir().unwrap();
    let table = place.path().join("table.csv");
    std::fs::copy(TABLE, &table).unwrap();
    let before = std::fs::read(&table).unwrap();
    let command = "calibrate gpu table.csv --library h100 --gpu h100 --out ./table.csv";
    let output = sieve(place.path(), command).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("./table.csv: is read by this command"), "{error}");
    assert_eq!(std::fs::read(&table).unwrap(), before);
}

#[test]
fn too_few_rows_make_no_law() {
    let place = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(TABLE).unwrap();
    let few: Vec<&str> = text.lines().take(6).collect();
    std::fs::write(place.path().join("few.csv"), few.join("\n")).unwrap();
    let output = sieve(place.path(), "calibrate gpu few.csv").output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("a law of six numbers needs 6 rows or more"), "{error}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn wrong_input_is_named_and_leaves_nothing() {
    refused("calibrate gpu absent.csv", "absent.csv: cannot be read");
    refused(&format!("calibrate gpu {TABLE} --library tpu"), "NVIDIA B200, SGLang, bf16: sglang");
    refused(&format!("calibrate gpu {TABLE} --shapes 1x2"), "--shapes leaves none of 2048x768, ");
    refused(&format!("calibrate gpu {TABLE} --format bf17"), "there is bf16, fp8, fp8_block,");
    refused(&format!("calibrate gpu {TABLE} --gpu b20 --out x.ron"), "no GPU is called `b20`");
    refused(&format!("calibrate gpu {TABLE} --out x.ron"), "--gpu");
    refused(
        &format!("calibrate gpu {TABLE} --gpu b200 --out x.ron"),
        "--out: choose one library with bf16 weights by --library:",
    );
    refused(
        &format!("calibrate gpu {TABLE} --kernels {TABLE}"),
        "moe_kernels_bf16.csv: line 1: missing field `kernel`",
    );
    refused(
        "replay --gpu-law b100-vllm --out out",
        "no GPU law is called `b100-vllm` (did you mean `b200-vllm`?); there is roofline, calibrated, b200-vllm",
    );
    refused(
        "replay --model gpt-oss-120b --set experts.weights=fp8 --methods gpu-only --gpu-law b200-vllm --out out",
        "GPU law `b200-vllm` has no grouped product of fp8 weights; it has bf16, fp8_block, mxfp4, nvfp4",
    );
}
