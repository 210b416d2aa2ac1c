//! Sweeps as a user meets them: resumed, in shards, collected, and wrong.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;
use sieve_sched::sweep::{Fate, Goal, Plan, Sweep, front};

use crate::common::sieve;

/// 32 rows: 4 left out, 28 points, of which 4 are those with 6 banks in 4 groups.
const BANKS: &str = r#"(
    level: gemv(shape: "512x512", tokens: 2),
    axes: [
        {"geometry.banks": [6, 8, 16, 24]},
        {"pim.activation": [per_bank, ganged(4)]},
        {"timing.tRRD_S": [6, 8], "timing.tRRD_L": [6, 8]},
        {"refresh": [none, all_bank]},
    ],
    skip: [(when: {"pim.activation": [ganged(4)], "geometry.banks": [6]}, because: "gangs of 4")],
)"#;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn json(folder: &Path, args: &str) -> Value {
    let output = sieve(folder, args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn merged(folder: &Path, points: &str) -> Vec<u8> {
    sieve(folder, &format!("sweep merge {points} --out results.csv")).assert().success();
    fs::read(folder.join("results.csv")).unwrap()
}

#[track_caller]
fn refused(text: &str, says: &str) {
    let place = folder();
    fs::write(place.path().join("s.ron"), text).unwrap();
    let output = sieve(place.path(), "sweep run s.ron --out out").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(says), "{said}");
    assert!(!place.path().join("out").exists());
}

#[test]
fn threads_and_shards_change_no_byte_and_impossible_points_are_listed() {
    let place = folder();
    let at = place.path();
    fs::write(at.join("banks.ron"), BANKS).unwrap();
    let one = json(at, "sweep run banks.ron --out one --threads 1 --json");
    assert_eq!(
        (&one["rows"], &one["skipped"], &one["computed"]),
        (&32.into(), &4.into(), &28.into())
    );
    json(at, "sweep run banks.ron --out two --threads 2 --json");
    let table = merged(at, "one");
    assert_eq!(merged(at, "two"), table);

    let mut computed = 0;
    for shard in 1..=3 {
        let unfinished = sieve(at, "sweep merge three --out none.csv").output().unwrap();
        assert_eq!(unfinished.status.code(), Some(2));
        let ran = json(at, &format!("sweep run banks.ron --out three --shard {shard}/3 --json"));
        computed += ran["computed"].as_u64().unwrap();
    }
    assert_eq!((computed, merged(at, "three")), (28, table.clone()));
    assert!(!at.join("none.csv").exists());

    let mut rows = csv::Reader::from_reader(table.as_slice());
    let rows: Vec<_> = rows
        .deserialize::<std::collections::BTreeMap<String, String>>()
        .map(Result::unwrap)
        .collect();
    let banks: Vec<&str> = rows.iter().map(|row| row["geometry.banks"].as_str()).collect();
    assert!(banks.is_sorted_by_key(|banks| banks.parse::<u32>().unwrap()), "{banks:?}");
    for row in &rows {
        let (status, reason) =
            match (row["geometry.banks"].as_str(), row["pim.activation"].as_str()) {
                ("6", "ganged(4)") => ("skipped", "gangs of 4"),
                ("6", _) => ("impossible", "bank"),
                _ => ("done", ""),
            };
        assert_eq!(row["status"], status, "{row:?}");
        assert!(row["reason"].contains(reason), "{row:?}");
        assert_eq!(row["cycles"].is_empty(), status != "done", "{row:?}");
        assert_eq!(row["timing.tRRD_S"], row["timing.tRRD_L"]);
    }
    // A row is what `sieve gemv` says of its settings.
    let row =
        rows.iter().find(|row| row["status"] == "done" && row["timing.tRRD_S"] == "8").unwrap();
    let set = ["geometry.banks", "pim.activation", "timing.tRRD_S", "timing.tRRD_L", "refresh"]
        .map(|path| format!("--set {path}={}", row[path]));
    let alone = json(at, &format!("gemv --shape 512x512 --tokens 2 --json {}", set.join(" ")));
    assert_eq!(row["cycles"], alone["cycles"].to_string());
    assert_eq!(row["energy_pj"], alone["energy_pj"].to_string());
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let place = folder();
    let at = place.path();
    let sweep = r#"(
        level: replay(model: "qwen3-30b-a3b", method: "sieve", batch: 8),
        set: {"run.steps": 1, "run.warmup_steps": 1, "model.layers": 4},
        axes: [{"timing.tFAW": [12, 20, 28, 36, 44, 52, 60, 68]}, {"pim.refresh": [none, all_bank]}],
    )"#;
    fs::write(at.join("s.ron"), sweep).unwrap();
    let points = |store: &str| {
        let entries =
            fs::read_dir(at.join(store).join("points")).map_or(Vec::new(), Iterator::collect);
        entries
            .into_iter()
            .filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().ends_with(".json"))
            .count()
    };
    let mut run = Command::new(assert_cmd::cargo::cargo_bin!("sieve"))
        .current_dir(at)
        .args(["sweep", "run", "s.ron", "--out", "killed", "--threads", "1"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // Killed in the middle, unless the machine lets it come to its end unseen.
    while points("killed") < 4 && run.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    let finished = points("killed");
    assert!((4..=16).contains(&finished), "{finished}");
    // A file that was cut off is no finished point.
    let path = fs::read_dir(at.join("killed/points")).unwrap().map(|e| e.unwrap().path());
    let path = path.into_iter().find(|p| p.extension().is_some_and(|e| e == "json")).unwrap();
    fs::write(&path, "{").unwrap();
    let again = json(at, "sweep run s.ron --out killed --json");
    assert_eq!(again["found"], finished - 1);
    assert_eq!(again["computed"], 16 - (finished - 1));
    assert_eq!(json(at, "sweep run s.ron --out killed --json")["computed"], 0);
    json(at, "sweep run s.ron --out whole --threads 2 --json");
    assert_eq!(merged(at, "killed"), merged(at, "whole"));
    // A sweep that shares points takes them from there: of 4 points 2 are new.
    fs::write(at.join("t.ron"), sweep.replace("20, 28, 36, 44, 52, 60, 68", "13")).unwrap();
    let other = json(at, "sweep run t.ron --out whole --json");
    assert_eq!((&other["points"], &other["computed"]), (&4.into(), &2.into()));
    let status = json(at, "sweep status whole --json");
    assert_eq!(status["sweeps"].as_array().unwrap().len(), 2);
    let nothing = sieve(at, "sweep status nowhere").output().unwrap();
    let says =
        "nowhere: holds no points of a sweep; `sieve sweep run SWEEP --out nowhere` computes some";
    assert!(String::from_utf8_lossy(&nothing.stderr).contains(says), "{nothing:?}");
    assert_eq!(nothing.status.code(), Some(2));
    assert_eq!(sieve(at, "sweep merge whole --out x.csv").output().unwrap().status.code(), Some(2));
}

#[test]
fn spellings_of_the_same_inputs_are_one_point() {
    let text = r#"(
        level: gemv(shape: "64x64"),
        axes: [{"geometry.rows": [16384, 16_384, 8192]}, {"device": ["sieve-hbm3e"]}],
    )"#;
    let sweep: Sweep = sieve_sched::config::parse("s", text).unwrap();
    let plan = Plan::new(&sweep).unwrap();
    assert_eq!((plan.rows.len(), plan.points.len()), (3, 2));
    assert_eq!(plan.rows[0].fate, plan.rows[1].fate);
    // The base has these 16,384 rows without being told.
    let bare = text.replace("{\"geometry.rows\": [16384, 16_384, 8192]}, ", "");
    let bare = Plan::new(&sieve_sched::config::parse("s", &bare).unwrap()).unwrap();
    assert_eq!(plan.rows[0].fate, bare.rows[0].fate);
}

#[test]
fn fields_that_some_bases_lack_are_impossible_there() {
    let text = r#"(
        level: gemv(shape: "64x64"),
        axes: [{"device": ["sieve-hbm3e", "samsung-hbm-pim"]}, {"timing.tTREE": [12, 14]}],
    )"#;
    let plan = Plan::new(&sieve_sched::config::parse("s", text).unwrap()).unwrap();
    let fates: Vec<bool> = plan.rows.iter().map(|row| matches!(row.fate, Fate::Point(_))).collect();
    assert_eq!(fates, [true, true, false, false]);
}

#[test]
fn mistakes_are_named() {
    let axes = |axes: &str| format!("(level: gemv(shape: \"64x64\"), axes: [{axes}])");
    refused("(level: gemv(shap: \"64x64\"), axes: [])", "did you mean `shape`?");
    refused("(level: gemv(shape: \"64x64\"), axis: [])", "did you mean `axes`?");
    refused("(level: gemv(shape: \"64\"), axes: [])", "level: shape=64");
    refused("(level: gemv(), axes: [])", "has no `shape`");
    refused(
        "(level: replay(model: \"qwen3-30b-a3b\", batch: 1, method: \"siev\"), axes: [])",
        "siev",
    );
    refused(
        "(level: gemv(device: \"sieve-hbm3\", shape: \"64x64\"), axes: [])",
        "did you mean `sieve-hbm3e`?",
    );
    refused(
        &axes("{\"geometry.bnks\": [8]}"),
        "axes: geometry.bnks: no such field (did you mean `geometry.banks`?)",
    );
    refused(&axes("{\"activation\": [gangd(4), all_bank]}"), "unknown variant `gangd`");
    refused(&axes("{\"banks\": []}"), "`banks` has no values");
    refused(&axes("{\"tRCD\": [1, 2], \"tRP\": [1]}"), "`tRCD` has 2 values, `tRP` has 1 values");
    refused(&axes("{\"banks\": [8]}, {\"geometry.banks\": [16]}"), "is set by `banks` too");
    let skip = |when: &str| {
        format!(
            "(level: gemv(shape: \"64x64\"), axes: [{{\"geometry.banks\": [8, 16]}}], skip: [(when: {{{when}}}, because: \"\")])"
        )
    };
    refused(&skip("\"geometry.bank\": [8]"), "is no axis (did you mean `geometry.banks`?)");
    refused(&skip("\"geometry.banks\": [9]"), "never is 9; its values are 8, 16");
    let place = folder();
    let output = sieve(place.path(), "sweep run bank-confg --out out").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `bank-config`?"));
}

#[test]
fn shipped_sweeps_are_as_large_as_they_say() {
    for (name, least) in [("bank-config", 2_000), ("replay", 100)] {
        let plan = Plan::new(&Sweep::load(name).unwrap().0).unwrap();
        assert!(plan.points.len() >= least, "{name}: {}", plan.points.len());
    }
}

#[test]
fn a_front_is_printed_and_written() {
    let place = folder();
    let at = place.path();
    fs::write(at.join("r.csv"), "x,status,a,b\n1,done,1,5\n2,done,2,4\n3,done,2,6\n4,skipped,,\n")
        .unwrap();
    let front = json(at, "sweep pareto r.csv --metrics a:min,b:max --out f.csv --json");
    assert_eq!((&front["rows"], &front["without_metrics"]), (&3.into(), &1.into()));
    assert_eq!(
        fs::read_to_string(at.join("f.csv")).unwrap(),
        "x,status,a,b\n1,done,1,5\n3,done,2,6\n"
    );
    let output = sieve(at, "sweep pareto r.csv --metrics statsu:min").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `status`?"));
}

proptest! {
    /// By its definition, against every other row.
    #[test]
    fn a_front_is_what_nothing_dominates(
        rows in prop::collection::vec(prop::collection::vec(0_u8..5, 3), 0..40),
        least in prop::array::uniform3(any::<bool>()),
    ) {
        let goals = least.map(|least| Goal { column: String::new(), least });
        let rows: Vec<Vec<f64>> = rows.iter().map(|row| row.iter().map(|&n| f64::from(n)).collect()).collect();
        let better = |a: f64, b: f64, least: bool| if least { a < b } else { a > b };
        let dominates = |a: &Vec<f64>, b: &Vec<f64>| {
            (0..3).all(|i| !better(b[i], a[i], least[i])) && (0..3).any(|i| better(a[i], b[i], least[i]))
        };
        let expected: Vec<usize> =
            (0..rows.len()).filter(|&at| !rows.iter().any(|other| dominates(other, &rows[at]))).collect();
        prop_assert_eq!(front(&rows, &goals), expected);
    }
}
