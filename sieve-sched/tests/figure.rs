//! `sieve figure` as a user runs it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::sieve;

/// A short replay: the batches and methods that a figure is tried with.
const OWN: &str = r#"#![enable(unwrap_variant_newtypes)]
(
    id: "own",
    title: "A title",
    caption: "A caption",
    source: "ours",
    draws: energy(replay: (
        system: "b200-hbm-pim",
        models: [(model: "qwen3-30b-a3b", title: "Qwen3")],
        batches: [1, 2],
        methods: ["gpu-only", "noexp", "sieve"],
        steps: 1,
        warmup_steps: 1,
        prompts: "",
        set: [],
    )),
)
"#;

/// The files of a folder by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let named = |entry: fs::DirEntry| {
        (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
    };
    entries.map(named).collect()
}

#[track_caller]
fn check_error(folder: &Path, args: &str, says: &str) {
    let output = sieve(folder, args).assert().code(2);
    let text = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(text.contains(says), "{text}");
}

#[test]
fn a_figure_is_four_files() {
    let place = tempfile::tempdir().unwrap();
    sieve(place.path(), "figure fig3 --out out/figures --dpi 150").assert().success();
    let files = files(&place.path().join("out/figures"));
    assert_eq!(files.keys().collect::<Vec<_>>(), ["fig3.csv", "fig3.pdf", "fig3.png", "fig3.svg"]);
    assert!(files["fig3.pdf"].starts_with(b"%PDF-") && files["fig3.png"].starts_with(b"\x89PNG"));
    let svg = String::from_utf8_lossy(&files["fig3.svg"]);
    assert!(svg.starts_with("<svg") && !svg.contains("<text"));
    let csv = String::from_utf8_lossy(&files["fig3.csv"]);
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("model,batch,activated_percent,published_percent"));
    // One of 128 experts is published as 2.4 %, and 47.9 % at 256.
    let last = lines.find(|line| line.starts_with("GPT-OSS-120B,256,")).unwrap();
    assert!(last.ends_with(",47.890625"), "{last}");
}

#[test]
fn figures_do_not_depend_on_threads_nor_on_what_was_made_before() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("own.ron"), OWN).unwrap();
    fs::write(
        place.path().join("more.ron"),
        OWN.replace("\"own\"", "\"more\"").replace("[1, 2]", "[2]"),
    )
    .unwrap();
    for (out, args) in [("a", "own.ron --threads 1"), ("b", "more.ron own.ron --threads 2")] {
        sieve(place.path(), &format!("figure {args} --out {out}")).assert().success();
    }
    let (alone, mut after) = (files(&place.path().join("a")), files(&place.path().join("b")));
    after.retain(|name, _| name.starts_with("own."));
    assert!(alone == after);
    let csv = String::from_utf8_lossy(&alone["own.csv"]).into_owned();
    assert!(csv.starts_with("model,batch,method,gpus,component,part,mj_per_token,share\n"));
    assert!(["1,gpu-only", "2,noexp", "2,sieve"].iter().all(|point| csv.contains(point)));
}

#[test]
fn the_line_goes_through_what_no_other_row_beats() {
    let place = tempfile::tempdir().unwrap();
    let sweep = r#"(
        level: gemv(shape: "256x1024"),
        axes: [{"geometry.banks": [8, 16]}, {"pim.vector_buffers": [1, 2]}, {"refresh": [none, all_bank]}],
    )"#;
    fs::write(place.path().join("mine.ron"), sweep).unwrap();
    let figure = r#"(
        id: "best", title: "", caption: "", source: "ours",
        draws: pareto((
            sweep: "mine.ron",
            x: (goal: "time_ns:min", label: "ns"), y: (goal: "energy_pj:min", label: "pJ"),
            panels: "refresh", colours: "geometry.banks", labels: "pim.vector_buffers",
        )),
    )"#;
    fs::write(place.path().join("best.ron"), figure).unwrap();
    sieve(place.path(), "figure best.ron --out out").assert().success();
    let rows = csv::Reader::from_path(place.path().join("out/best.csv")).unwrap();
    let rows: Vec<BTreeMap<String, String>> =
        rows.into_deserialize().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 8);
    let costs = |row: &BTreeMap<String, String>| {
        ["time_ns", "energy_pj"].map(|name| row[name].parse::<f64>().unwrap())
    };
    for row in &rows {
        let beats = |other: &BTreeMap<String, String>| {
            let ([a, b], [x, y]) = (costs(other), costs(row));
            other["refresh"] == row["refresh"] && a <= x && b <= y && (a, b) != (x, y)
        };
        assert_eq!(row["best"] == "true", !rows.iter().any(beats), "{row:?}");
    }
    fs::write(place.path().join("best.ron"), figure.replace("energy_pj", "energypj")).unwrap();
    check_error(place.path(), "figure best.ron", "y.goal: energypj; the sweep has geometry.banks");
    fs::write(place.path().join("best.ron"), figure.replace("mine.ron", "banked")).unwrap();
    check_error(
        place.path(),
        "figure best.ron",
        "no sweep is called `banked` (did you mean `banks`?)",
    );
}

#[test]
fn bars_of_sensitivity_are_ratios_of_the_table() {
    let place = tempfile::tempdir().unwrap();
    let table = "model,batch,parameter,value,method,step_us\n\
        m,8,defaults,all,sieve,100\nm,8,defaults,all,noexp,150\n\
        m,8,tFAW,30 CK,sieve,120\nm,8,tFAW,30 CK,noexp,240\n";
    fs::write(place.path().join("table.csv"), table).unwrap();
    let figure = r#"(
        id: "own", title: "", caption: "", source: "ours",
        draws: sensitivity((model: "m", batch: 8, over: ["noexp"], table: "table.csv")),
    )"#;
    fs::write(place.path().join("own.ron"), figure).unwrap();
    sieve(place.path(), "figure own.ron --out out").assert().success();
    let rows = fs::read_to_string(place.path().join("out/own.csv")).unwrap();
    let header = "over,parameter,value,sieve_times_as_fast,by_default";
    assert_eq!(rows, format!("{header}\nnoexp,tFAW,30 CK,2.0,1.5\n"));
    fs::write(place.path().join("own.ron"), figure.replace("batch: 8", "batch: 9")).unwrap();
    check_error(place.path(), "figure own.ron", "m at 9 requests; the table has no row");
}

#[test]
fn mistakes_are_named() {
    let place = tempfile::tempdir().unwrap();
    let own = |from: &str, to: &str| {
        fs::write(place.path().join("own.ron"), OWN.replace(from, to)).unwrap();
    };
    check_error(place.path(), "figure fig33", "no figure is called `fig33` (did you mean `fig3`?)");
    check_error(place.path(), "figure all fig5", "figure `fig5` stands there twice");
    own("steps: 1", "stepss: 1");
    check_error(place.path(), "figure own.ron", "own.ron:12:9: Unexpected field named `stepss`");
    own("\"noexp\"", "\"noexpert\"");
    check_error(place.path(), "figure own.ron", "no method is called `noexpert`");
    own("\"own\"", "\"../own\"");
    check_error(place.path(), "figure own.ron", "id: `../own`, allowed are letters");
    own("set: []", "set: [\"tFAWW=3\"]");
    check_error(place.path(), "figure own.ron", "tFAWW");
    let made: Vec<_> =
        fs::read_dir(place.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!made.iter().any(|name| name.to_string_lossy().contains("svg")), "{made:?}");
}

#[test]
fn the_list_has_every_figure() {
    let place = tempfile::tempdir().unwrap();
    let output = sieve(place.path(), "figure --list --json").assert().success();
    let list: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    let ids: Vec<&str> =
        list["figures"].as_array().unwrap().iter().map(|f| f["id"].as_str().unwrap()).collect();
    let known: Vec<&str> = sieve_sched::figure::SPECS.iter().map(|(name, _)| *name).collect();
    assert_eq!(ids, known);
}
