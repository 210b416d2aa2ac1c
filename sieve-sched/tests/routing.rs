//! `sieve routing`, and what it leaves for `sieve replay`.

use std::path::Path;

use serde_json::Value;

use crate::common::sieve;

fn stdout(place: &Path, arguments: &str) -> String {
    let output = sieve(place, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(place: &Path, arguments: &str) -> Value {
    serde_json::from_str(&stdout(place, &format!("{arguments} --json"))).unwrap()
}

#[track_caller]
fn refused(place: &Path, arguments: &str, says: &str) {
    let output = sieve(place, arguments).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments}: {error}");
    assert!(error.contains(says), "{arguments}: {error}");
}

#[test]
fn the_table_is_told_as_json_and_as_text_and_written_for_the_book() {
    let place = tempfile::tempdir().unwrap();
    let table = json(place.path(), "routing table --write-docs t.md");
    let models = table["models"].as_array().unwrap();
    let points = models.iter().flat_map(|model| model["residuals"].as_array().unwrap());
    let points: Vec<f64> = points.map(|r| r["points"].as_f64().unwrap()).collect();
    assert!(points.len() == 17 && points.iter().all(|points| points.abs() <= 3.0), "{points:?}");
    let book = std::fs::read_to_string(place.path().join("t.md")).unwrap();
    assert_eq!(book.lines().filter(|line| line.starts_with("| ")).count(), 1 + 17, "{book}");
    let text = stdout(place.path(), "routing table");
    assert!(text.contains("residual, points") && text.contains("Mixtral-8x22B"), "{text}");
}

const SHARES: &str = "model,batch,one_token,up_to_four,activated\n\
    mine,4,0.843,1,20.7\nmine,16,0.425,0.979,50.0\nmine,64,0.020,0.296,63.6\nother,4,1,1,1\n";

/// A fit gives the same bytes on any number of threads, and a preset that a replay takes.
#[test]
fn a_fit_becomes_a_preset_that_a_replay_takes() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("shares.csv"), SHARES).unwrap();
    let fit = "routing fit shares.csv --family lognormal --experts 64 --top-k 6 --rows MINE";
    let mut runs = [1, 2].map(|threads| {
        let mut command = sieve(place.path(), &format!("{fit} --out near.ron --json"));
        let output = command.env("RAYON_NUM_THREADS", threads.to_string()).output().unwrap();
        (output.stdout, std::fs::read(place.path().join("near.ron")).unwrap())
    });
    assert_eq!(runs[0], runs[1]);
    let fit: Value = serde_json::from_slice(&std::mem::take(&mut runs[0].0)).unwrap();
    let sigma = fit["popularity"]["lognormal"]["sigma"].as_f64().unwrap();
    // An independent fit to these statistics, with more batch sizes, gives 0.24.
    assert!((0.18..0.30).contains(&sigma), "{fit}");
    assert!(fit["rms_points"].as_f64() < Some(1.0), "{fit}");
    assert_eq!(fit["residuals"].as_array().unwrap().len(), 9);
    // Two starts, two stages, a simplex of two corners.
    assert!(fit["evaluations"].as_u64() > Some(6) && fit["bounds_met"] == serde_json::json!([]));
    let preset = String::from_utf8(std::mem::take(&mut runs[0].1)).unwrap();
    assert!(preset.contains("name: \"near\"") && preset.contains("shares.csv"), "{preset}");
    let replay = "replay --batch 4 --steps 1 --methods noexp --synthetic near.ron";
    stdout(place.path(), replay);
}

/// Of 64 experts 4 tokens visit 6 each at random: the flattest law there is.
#[test]
fn a_parameter_at_its_bound_is_told() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("flat.csv"), "batch,one_token\n4,1\n").unwrap();
    let fit = "routing fit flat.csv --family dirichlet --experts 64 --top-k 6";
    let told = json(place.path(), fit);
    let bound = serde_json::json!([{ "parameter": "shape", "value": 10_000.0 }]);
    assert_eq!(told["bounds_met"], bound, "{told}");
    let text = stdout(place.path(), fit);
    assert!(text.contains("shape is at the bound of what is looked at, 10000"), "{text}");
}

#[test]
fn what_cannot_be_fitted_to_is_refused_and_leaves_no_file() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path();
    std::fs::write(here.join("shares.csv"), SHARES).unwrap();
    let fit = "routing fit shares.csv --family zipf --out x.ron";
    refused(here, fit, "needs --model, or --experts and --top-k");
    refused(here, &format!("{fit} --experts 64 --top-k 6"), "shares.csv: has rows of mine, other");
    refused(here, &format!("{fit} --experts 64 --top-k 6 --rows x"), "has no statistic of `x`");
    refused(here, &format!("{fit} --experts 8 --top-k 6 --rows mine"), "batch 4: activated: 20.7");
    refused(
        here,
        "routing fit published --family zipf",
        "--rows: name a model; published are Qwen3",
    );
    refused(here, "routing fit published --family zipf --model x", "nothing is published of `x`");
    refused(here, "routing fit t.npz --family zipf", "a trace needs the model");
    refused(here, "routing fit t.npz --family zipf --model gpt-oss-20b", "t.npz: cannot be opened");
    let published = "routing fit published --family zipf --model qwen3-30b-a3b";
    refused(here, &format!("{published} --batch 4"), "--batch: is for a trace, not for published");
    refused(here, "routing fit t.npz --family zipf --rows x", "--rows: is for a table (.csv) or");
    refused(here, "routing fit published --family cauchy", "invalid value 'cauchy'");
    assert_eq!(std::fs::read_dir(here).unwrap().count(), 1);
}

#[test]
fn a_gate_tells_loads_and_drops() {
    let place = tempfile::tempdir().unwrap();
    let gshard =
        "routing gate --gate gshard --experts 8 --tokens 64 --token-groups 2 --capacity-factor 1.0";
    let of = json(place.path(), &format!("{gshard} --choices"));
    assert_eq!(of["capacity"], 8);
    let sum: u64 = of["load"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(Some(sum), of["drops"]["dispatched"].as_u64());
    assert_eq!(of["choices"].as_array().unwrap().len(), 64);
    let dropped = of["dropped"].as_array().unwrap().len() as u64;
    assert_eq!(Some(dropped), of["drops"]["dropped"].as_u64());
    let text = stdout(place.path(), gshard);
    assert!(text.contains("128: ") && text.contains("dropped"), "{text}");
    let deepseek = "routing gate --gate deepseek --experts 64 --tokens 100 --top-k 6 --shared 2 --bias-batches 3";
    let of = json(place.path(), &format!("{deepseek} --scores qwen3"));
    assert_eq!(of["shared_load"], serde_json::json!([100, 100]));
    assert_eq!(of["drops"]["dispatched"], 600);
}

#[test]
fn gates_refuse_what_they_cannot_do() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path();
    let gate = |rest: &str| format!("routing gate --experts 8 --tokens 64 --gate {rest}");
    refused(here, &gate("switch --top-k 2"), "--top-k: is for softmax and deepseek");
    refused(here, &gate("gshard --token-groups 3"), "3 groups do not divide 64 tokens");
    refused(here, &gate("switch --capacity-factor NaN"), "NaN is outside");
    refused(here, &gate("softmax --top-k 9"), "softmax.top_k: 9 is outside 1 to 8");
    refused(here, &gate("switch --scores normal(sigma:-1)"), "normal.sigma: -1 is outside");
    refused(here, &gate("switch --scores gauss"), "no routing is called `gauss`");
    refused(here, &gate("switch --choices"), "--json");
    for speed in ["NaN", "-1"] {
        let says = format!("--bias-speed: {speed} is outside 0 to 1");
        refused(here, &gate(&format!("deepseek --bias-speed={speed}")), &says);
    }
}

/// Lengths of a file go into the resolved configuration, which thus stands for itself.
#[test]
fn a_replay_draws_lengths_of_a_file() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("lengths.csv"), "id,tokens\na,100\nb,300\nc,100\n").unwrap();
    let replay = "replay --batch 4 --steps 1 --methods noexp --set kv_block_tokens=64 --kv-len";
    stdout(place.path(), &format!("{replay} file(lengths.csv)"));
    let resolved = place.path().join("results/replay/config.resolved.ron");
    let resolved = std::fs::read_to_string(resolved).unwrap();
    assert!(
        resolved.contains("file: \"lengths.csv\"") && resolved.contains("100: 2"),
        "{resolved}"
    );
    std::fs::write(place.path().join("bad.csv"), "tokens\n5\nfive\n").unwrap();
    refused(
        place.path(),
        &format!("{replay} file(bad.csv)"),
        "bad.csv:3: `five` is no number of tokens",
    );
    refused(
        place.path(),
        &format!("{replay} lognormal(1045,0.9)"),
        "is no length law; allowed are",
    );
    stdout(place.path(), &format!("{replay} lognormal(1045,0.9,7930)"));
}
