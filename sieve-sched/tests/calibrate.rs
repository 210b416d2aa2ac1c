//! `sieve calibrate gpu`, and replays by the laws that it writes.

#![expect(clippy::unwrap_used, reason = "a helper of tests is not a test to the lint")]

mod common;

use serde_json::Value;

use self::common::sieve;

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
fn wrong_input_is_named_and_leaves_nothing() {
    refused("calibrate gpu absent.csv", "absent.csv: cannot be read");
    refused(&format!("calibrate gpu {TABLE} --library tpu"), "no `balanced` rows on one GPU");
    refused(&format!("calibrate gpu {TABLE} --gpu b20 --out x.ron"), "no GPU is called `b20`");
    refused(&format!("calibrate gpu {TABLE} --out x.ron"), "--gpu");
    refused(
        &format!("calibrate gpu {TABLE} --gpu b200 --out x.ron"),
        "two libraries with bf16 weights; choose one with --library",
    );
    refused(
        &format!("calibrate gpu {TABLE} --kernels {TABLE}"),
        "moe_kernels_bf16.csv: CSV deserialize error",
    );
    refused("replay --gpu-law b100-vllm --out out", "no GPU law is called `b100-vllm`");
    refused(
        "replay --model gpt-oss-120b --set experts.weights=fp8 --methods gpu-only --gpu-law b200-vllm --out out",
        "GPU law `b200-vllm` has no grouped product of fp8 weights; it has bf16, fp8_block, mxfp4, nvfp4",
    );
}
