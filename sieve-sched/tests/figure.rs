//! `sieve figure` as a user runs it.

#![expect(clippy::unwrap_used, reason = "a helper of tests is not a test to the lint")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use self::common::sieve;

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
