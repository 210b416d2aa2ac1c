//! Laws of links and placements of experts, in replays and as commands.

use std::path::Path;

use serde_json::Value;

use crate::common::sieve;

/// Rows of the measured tables, as they are in the repository.
fn table(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../noc/tests/data").join(name);
    path.canonicalize().unwrap().display().to_string()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn json(folder: &Path, args: &str) -> Value {
    let output = sieve(folder, args).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{args}: {error}, {told}"))
}

#[track_caller]
fn refused(folder: &Path, args: &str, says: &str) {
    let output = sieve(folder, args).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{args}: {told}");
    assert!(told.contains(says), "{args}: {told}");
}

const SHORT: &str = "replay --model gpt-oss-120b --batch 8 --steps 1 --warmup-steps 1 --out out --json --methods gpu-only";

/// Mean busy time of the link under gpu-only, in us a step.
fn link_busy(summary: &Value) -> f64 {
    summary["models"][0]["points"][0]["busy_us_per_step"]["link"].as_f64().unwrap()
}

#[test]
fn a_measured_link_holds_replays_up_and_the_configuration_tells() {
    let place = folder();
    let both = format!("{SHORT},sieve");
    let paper = json(place.path(), &both);
    let measured = json(place.path(), &format!("{both} --link-law measured"));
    // Three collectives in each of 36 layers, none below 8 us (the floors of 4 B200) and all below 30 us.
    let busy = link_busy(&measured);
    assert!((3.0 * 36.0 * 8.0..3.0 * 36.0 * 30.0).contains(&busy), "{busy}");
    assert!(busy > 5.0 * link_busy(&paper), "{busy}, {}", link_busy(&paper));
    for method in 0..2 {
        let time = |of: &Value| of["models"][0]["points"][method]["step_time_us"].as_f64();
        assert!(time(&paper) < time(&measured));
    }
    assert!(measured["notes"].to_string().contains("measured on `b200`; NCCL carries tokens"));
    let config = std::fs::read_to_string(place.path().join("out/config.resolved.ron")).unwrap();
    assert!(config.contains("moe_exchange: nccl"), "{config}");
}

#[test]
fn deepep_serves_the_eight_gpus_it_was_measured_on() {
    let place = folder();
    let args = format!("{SHORT} --link-law measured --set moe_exchange=deepep");
    refused(
        place.path(),
        &args,
        "collectives `b200`: dispatch of DeepEP is measured on 8 GPUs, not on 4",
    );
    let on_eight = json(place.path(), &format!("{args} --set gpus=8"));
    assert!(on_eight["notes"].to_string().contains("DeepEP carries tokens"));
    refused(place.path(), &format!("{SHORT} --set moe_exchange=deepep"), "no such field");
}

#[test]
fn own_measurements_become_a_law() {
    let place = folder();
    let fit = format!("links fit {} --gpu b200 --out own.ron --json", table("nccl.csv"));
    let errors = json(place.path(), &fit);
    let tables = errors["tables"].as_array().unwrap();
    assert_eq!(tables.len(), 12);
    for table in tables {
        assert!(table["measured"]["mean"].as_f64() <= Some(0.15), "{table}");
        assert!(table["alpha_us"].as_f64() > Some(5.0), "{table}");
    }
    let own = json(place.path(), &format!("{SHORT} --link-law own.ron"));
    let text = |args: &str| {
        let told = sieve(place.path(), args).output().unwrap().stdout;
        String::from_utf8(told).unwrap()
    };
    let paper = ["fit", "check"].map(|command| {
        text(&format!("links {command} {} --device b200", table("nccl.csv"))).contains("paper")
    });
    assert_eq!(paper, [false, true]);
    // Fewer rows than the shipped law has, of the same tables.
    let shipped = json(place.path(), &format!("{SHORT} --link-law b200"));
    assert!((link_busy(&own) / link_busy(&shipped) - 1.0).abs() < 0.1);

    let check = json(place.path(), &format!("links check {} --gpu b200 --json", table("nccl.csv")));
    for table in check["tables"].as_array().unwrap() {
        assert!(table["measured"]["mean"].as_f64() <= Some(0.15), "{table}");
        let paper = table["paper"]["mean"].as_f64();
        assert!(paper.is_none_or(|off| off > 0.3), "{table}");
    }
}

#[test]
fn tables_that_cannot_be_used_leave_no_file() {
    let place = folder();
    let nccl = table("nccl.csv");
    std::fs::write(place.path().join("bad.csv"), "dev,op_name\nx,alltoall\n").unwrap();
    let one = "dev,op_name,nccl_dtype,num_gpus,bytes,latency_us\nx,alltoall,half,2,512,9\n";
    std::fs::write(place.path().join("one.csv"), one).unwrap();
    let most: String = std::fs::read_to_string(&nccl)
        .unwrap()
        .lines()
        .filter(|line| !line.contains("reduce_scatter"))
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(place.path().join("most.csv"), most).unwrap();
    for (args, says) in [
        (
            "links fit most.csv --gpu h100 --out x.ron".to_owned(),
            "--out x.ron: replays need all four collectives of NCCL; the tables lack reduce_scatter",
        ),
        (
            format!("links fit {} --out x.ron", table("deepep.csv")),
            "the tables lack all_to_all, all_gather, reduce_scatter, all_reduce",
        ),
        ("links fit nowhere.csv --out x.ron".to_owned(), "nowhere.csv: cannot be opened"),
        ("links fit bad.csv --out x.ron".to_owned(), "bad.csv:1: no column `num_gpus`"),
        ("links fit one.csv --out x.ron".to_owned(), "nccl.0.knots: 1 points; at least 2"),
        (format!("links fit {nccl} --out x.ron"), "choose by --gpu, the tables have b200, h100"),
        (format!("links fit {nccl} --gpu a100"), "--gpu: no GPU is called `a100`"),
        (format!("links check {nccl} --collectives b20"), "did you mean `b200`?"),
        (
            "links time --collectives b200 --gpus 16".to_owned(),
            "measured on 2, 4, 8 GPUs, not on 16",
        ),
    ] {
        refused(place.path(), &args, says);
    }
    assert!(!place.path().join("x.ron").exists());
}

#[test]
fn sizes_of_a_buffer_are_timed() {
    let place = folder();
    let time =
        |args: &str| json(place.path(), &format!("links time --bytes 536870912 --json {args}"));
    let us = |of: &Value, what: &str| of["times"][0][what].as_f64().unwrap();
    let (paper, measured) = (time(""), time("--collectives b200"));
    // A byte takes what the smallest size takes, the first row of the table.
    let byte = json(place.path(), "links time --bytes 1,512 --json --collectives b200");
    assert_eq!(us(&byte, "all_to_all_us"), byte["times"][1]["all_to_all_us"].as_f64().unwrap());
    assert!(us(&byte, "all_gather_us") > 8.0, "{byte}");
    // 7/8 of 512 MiB at 900 GB/s, and 0.8 us.
    assert!((us(&paper, "all_to_all_us") - 522.76).abs() < 0.01, "{paper}");
    assert!((us(&measured, "all_to_all_us") - 835.9).abs() < 0.1, "{measured}");
    let servers = time("--link nvlink5-ib-ndr400 --collectives b200 --gpus 16");
    // Half of the buffer at 50 GB/s, and 2.7 us.
    assert!((us(&servers, "all_to_all_us") - 5371.4).abs() < 0.1, "{servers}");
}

#[test]
fn placements_are_compared_and_replayed() {
    let place = folder();
    let args = "placement --model gpt-oss-120b --batch 64 --steps 2 --json --placement contiguous,balanced,balanced+2";
    let told = json(place.path(), args);
    let rows = told["placements"].as_array().unwrap();
    let tokens = |at: usize| rows[at]["tokens_most_over_mean"].as_f64().unwrap();
    assert!(tokens(0) > 1.4 && tokens(1) < 1.2 && tokens(2) < 1.2, "{told}");
    // 32 experts a GPU of 49.8 MB in 36 layers (bf16), and two more.
    let bytes = |at: usize| rows[at]["expert_bytes_per_gpu"].as_u64().unwrap();
    assert_eq!(bytes(2) * 32, bytes(0) * 34);

    let contiguous = json(place.path(), SHORT);
    let balanced = json(place.path(), &format!("{SHORT} --placement balanced+2"));
    let config = std::fs::read_to_string(place.path().join("out/config.resolved.ron")).unwrap();
    assert!(config.contains("placement: \"balanced+2\""));
    assert_ne!(contiguous, balanced);
    assert_eq!(contiguous["models"][0]["routing"], balanced["models"][0]["routing"]);
    refused(
        place.path(),
        &format!("{SHORT} --placement balanced --set warmup_steps=0"),
        "run.placement: balanced looks at the loads of the steps before",
    );
    let set = json(place.path(), &format!("{SHORT} --set placement=balanced+2"));
    assert_eq!(set["models"], balanced["models"]);
    let written = "contiguous, permuted, balanced or balanced+N";
    for value in ["balanced+x", "balanced(2)", "2"] {
        refused(place.path(), &format!("{SHORT} --set placement={value}"), written);
    }
    // On one GPU there is no room for replicas, nor need.
    let one = "placement --model gpt-oss-20b --gpus 1 --batch 4 --steps 1 --warmup-steps 1";
    assert_eq!(
        json(place.path(), &format!("{one} --json"))["placements"].as_array().unwrap().len(),
        3
    );
    let text = sieve(place.path(), one).output().unwrap().stdout;
    assert!(text.starts_with(b"gpt-oss-20b, 1 GPU\n"));
    refused(
        place.path(),
        &format!("{one} --placement balanced+2"),
        "on 1 GPU: each has room for 0 replicas",
    );
    refused(place.path(), "placement --placement balanced+97", "each has room for 96 replicas");
}
