//! `sieve trace` as a user meets it.

use std::path::Path;

use serde_json::Value;

use crate::common::sieve;

const TABLE: &str = "source,B,batch,layer,e0,e1,e2,e3,e4,e5\n\
    a,3,0,0,2,2,1,1,0,0\n\
    a,3,0,1,3,3,0,0,0,0\n\
    b,2,0,7,1,1,1,1,0,0\n";

/// A folder with a table, and a model file of eight layers, six experts, two of a token.
fn folder() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("t.csv"), TABLE).unwrap();
    std::fs::write(place.path().join("cut.csv"), &TABLE[..TABLE.len() - 3]).unwrap();
    std::fs::write(place.path().join("nan.csv"), TABLE.replace("7,1,1", "7,NaN,1")).unwrap();
    let id = "{\"step\":0,\"layer\":0,\"experts\":[[0,-3]]}\n";
    std::fs::write(place.path().join("id.jsonl"), id).unwrap();
    place
}

fn output(folder: &Path, args: &str) -> String {
    let output = sieve(folder, &format!("trace {args}")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(folder: &Path, args: &str) -> Value {
    serde_json::from_str(&output(folder, &format!("stats {args} --json"))).unwrap()
}

#[test]
fn a_table_is_summed_up_as_worked_by_hand() {
    let place = folder();
    let report = json(place.path(), "t.csv --gpus 2 --per-layer");
    let head = ["kind", "model", "experts", "top_k", "gpus"].map(|key| report[key].clone());
    assert_eq!(
        head,
        ["counts".into(), "unknown".into(), 6.into(), 2.into(), 2.into()] as [Value; 5]
    );
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 5);
    let layer = &rows[1];
    assert_eq!(
        (&layer["source"], &layer["layer"], &layer["batch"]),
        (&"a".into(), &0.into(), &3.into())
    );
    for (key, expected) in [
        ("activated", 4.0),
        ("share_one", 0.5),
        ("share_two", 0.5),
        ("share_three_or_four", 0.0),
        ("share_above_four", 0.0),
        ("share_up_to_four", 1.0),
        ("most_tokens", 2.0),
        ("gpu_activated_mean", 2.0),
        ("gpu_activated_most", 3.0),
        ("gpu_tokens_most_over_mean", 5.0 / 3.0),
    ] {
        assert_eq!(layer[key], expected, "{key}");
    }
    let all = json(place.path(), "t.csv");
    assert_eq!(all["rows"].as_array().unwrap().len(), 2);
    let text = output(place.path(), "stats t.csv");
    assert!(text.contains("counts of `unknown`, 6 experts, 2 of a token"), "{text}");
    assert!(!text.contains("GPU"), "one GPU is no subject: {text}");
}

#[test]
fn rows_are_written_as_csv() {
    let place = folder();
    assert_eq!(output(place.path(), "stats t.csv --per-layer --csv rows.csv"), "");
    let rows = std::fs::read_to_string(place.path().join("rows.csv")).unwrap();
    assert_eq!(rows.lines().count(), 6);
    assert!(rows.starts_with("source,recorded,batch,layer,samples,activated,share_one,"), "{rows}");
    assert!(rows.contains("\nb,2,2,7,1,4.0,1.0,0.0,"), "{rows}");
}

#[test]
fn what_is_generated_is_the_same_again_and_keeps_its_counts_through_conversions() {
    let place = folder();
    let made = "generate --model gpt-oss-20b --batch 6 --steps 3 --seed 5";
    for (args, out) in [
        (made.to_owned(), "a.npz"),
        (made.to_owned(), "b.npz"),
        (format!("{made} --kind counts"), "c.npz"),
        ("convert a.npz --counts".to_owned(), "d.npz"),
        ("convert a.npz".to_owned(), "e.jsonl"),
        ("convert e.jsonl".to_owned(), "f.npz"),
        (format!("{made} --kind requests"), "r.npz"),
    ] {
        output(place.path(), &format!("{args} --out {out}"));
    }
    let bytes = |name: &str| std::fs::read(place.path().join(name)).unwrap();
    assert_eq!(bytes("a.npz"), bytes("b.npz"));
    assert_eq!(bytes("a.npz"), bytes("f.npz"));
    assert_eq!(bytes("c.npz"), bytes("d.npz"));
    let activated = |args: &str| json(place.path(), args)["rows"][0]["activated"].clone();
    assert_eq!(activated("a.npz"), activated("c.npz"));
    let report = json(place.path(), "r.npz --model gpt-oss-20b --batch 1,2 --draws 4");
    assert_eq!(
        (&report["kind"], report["rows"].as_array().unwrap().len()),
        (&"requests".into(), 2)
    );
    assert_eq!(report["rows"][0]["samples"], 4 * 24);
}

#[test]
fn a_generated_trace_is_replayed() {
    let place = folder();
    output(place.path(), "generate --model gpt-oss-20b --batch 4 --steps 2 --out a.npz");
    let replay =
        "replay --model gpt-oss-20b --batch 4 --trace a.npz --steps 1 --methods gpu-only --out o";
    let replay = sieve(place.path(), replay).output().unwrap();
    assert!(replay.status.success(), "{}", String::from_utf8_lossy(&replay.stderr));
}

#[test]
fn mistakes_are_named_and_leave_no_file() {
    let place = folder();
    for (args, says) in [
        ("stats cut.csv", "cut.csv: line 4: 9 cells, the header has 10"),
        (
            "stats nan.csv",
            "nan.csv: line 4, column `e0`: `NaN` is no whole number of 0 to 4294967295",
        ),
        (
            "stats id.jsonl --experts 6",
            "id.jsonl: line 1, token 0, slot 1: found -3, allowed is 0 to 5",
        ),
        (
            "stats id.jsonl",
            "id.jsonl: does not say its number of experts; name the model, or give the number",
        ),
        ("stats t.csv --experts 7", "t.csv: line 1: has 6 experts, expected are 7"),
        ("stats t.csv --top-k 3", "t.csv: line 2: has 2 experts per token, expected are 3"),
        (
            "stats t.csv --model gpt-oss-20b",
            "t.csv: line 1: has 6 experts, model `gpt-oss-20b` has 32",
        ),
        (
            "stats t.csv --batch 4",
            "t.csv: a batch of 4 cannot be taken from recorded batches of [3, 2]",
        ),
        ("stats t.csv --gpus 0", "0 GPUs are outside 1 to the 6 experts of a layer"),
        (
            "stats t.csv --csv no/rows.csv",
            "no/rows.csv: cannot be written: its folder does not exist",
        ),
        ("stats t.csv --format jsonl", "t.csv: line 1, column 1: expected value"),
        ("stats none.npz", "none.npz: cannot be opened: No such file or directory (os error 2)"),
        (
            "convert t.csv --out x.npz",
            "t.csv: line 4: has source `b`, those before have source `a`; choose a source by `sieve trace convert --source NAME`",
        ),
        (
            "convert t.csv --out x.npz --source c",
            "t.csv: holds no routing of source `c`; there is source `a`, batch 3; source `b`, batch 2",
        ),
        (
            "convert t.csv --out x.npz --source a --batch 2",
            "t.csv: holds no routing of source `a`, batch 2; there is",
        ),
        ("convert t.csv --out x.txt", "--out x.txt: the name has to end in .npz, .csv or .jsonl"),
        ("convert t.csv --out no/x.npz", "no/x.npz: cannot be written: its folder does not exist"),
        (
            "generate --model gpt-oss-20b --routing nope --batch 1 --steps 1 --out x.npz",
            "no routing is called `nope`; there is ",
        ),
        (
            "generate --model gpt-oss-20b --kind requests --batch 1 --steps 1 --out x.csv",
            "--kind: x.csv holds requests, which are no batches whose tokens could be counted",
        ),
    ] {
        let output = sieve(place.path(), &format!("trace {args}")).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args}: {error}");
        assert!(error.contains(says), "{args}: {error}");
        assert!(output.stdout.is_empty(), "{args}");
    }
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 4, "nothing half-written stays");
}

/// In an address space smaller than the trace, it is summed up, converted, and read again.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_trace() {
    const LIMIT_KIB: usize = 32 << 10;
    let place = tempfile::tempdir().unwrap();
    let (experts, counts) = (0..128, [",1"; 128].concat());
    let header: String = experts.map(|expert| format!(",e{expert}")).collect();
    let two = format!("16,0,0{counts}\n16,1,0{counts}\n");
    let steps = 2 * (LIMIT_KIB << 10) / two.len();
    let table = format!("B,batch,layer{header}\n{}", two.repeat(steps / 2));
    std::fs::write(place.path().join("t.csv"), table).unwrap();
    let sieve = assert_cmd::cargo::cargo_bin!("sieve").display();
    for args in
        ["convert t.csv --out t.npz", "stats t.csv", "stats t.npz", "convert t.npz --out u.jsonl"]
    {
        let line = format!("ulimit -v {LIMIT_KIB} && '{sieve}' trace {args}");
        let mut shell = assert_cmd::Command::new("sh");
        shell.current_dir(place.path()).args(["-c", &line]).assert().success();
    }
    let report = json(place.path(), "t.npz");
    assert_eq!(report["rows"][0]["samples"], 2 * (steps / 2));
    assert_eq!(report["rows"][0]["activated"], 128.0);
}
