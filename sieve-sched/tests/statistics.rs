//! What commands write has no name that the page of statistics does not explain, and tables have its columns.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::sieve;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src/reference/statistics.md");

/// Names below a heading of the page.
fn names(heading: &str) -> Vec<String> {
    let page = fs::read_to_string(PAGE).unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with(&format!("{heading}\n")));
    let rows = section.unwrap_or_else(|| panic!("no heading `{heading}`")).lines();
    let name = |row: &str| Some(row.strip_prefix("| `")?.split_once('`')?.0.to_owned());
    rows.filter_map(name).collect()
}

/// Every path of a value, list items as `N`.
fn paths(value: &Value, path: &str, all: &mut Vec<String>) {
    let below =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                all.push(below(name));
                // Whose names are paths themselves.
                if name != "sources" {
                    paths(field, &below(name), all);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| paths(item, &below("N"), all)),
        _ => {}
    }
}

/// Whether a name of the page stands for a path, or for one within.
fn explains(name: &str, path: &str) -> bool {
    let (name, path): (Vec<&str>, Vec<&str>) =
        (name.split('.').collect(), path.split('.').collect());
    name.len() >= path.len() && path.iter().zip(&name).all(|(a, b)| a == b || *b == "NAME")
}

/// The output is explained below the headings; `beside` stands around it.
#[track_caller]
fn explained(output: &Value, headings: &[&str], beside: &[&str]) {
    let names: Vec<String> = headings.iter().flat_map(|heading| names(heading)).collect();
    let mut all = Vec::new();
    paths(output, "", &mut all);
    assert!(!all.is_empty());
    all.retain(|path| !beside.contains(&path.as_str()));
    all.retain(|path| !names.iter().any(|name| explains(name, path)));
    all.sort();
    all.dedup();
    assert!(all.is_empty(), "{headings:?} explain none of {all:?}");
}

fn run(folder: &Path, args: &str) -> Vec<u8> {
    let output = sieve(folder, args).output().unwrap();
    assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn json(folder: &Path, args: &str) -> Value {
    serde_json::from_slice(&run(folder, args)).unwrap()
}

#[track_caller]
fn columns(table: &Path, axes: usize, heading: &str) {
    let text = fs::read_to_string(table).unwrap();
    let header: Vec<&str> = text.lines().next().unwrap().split(',').skip(axes).collect();
    assert_eq!(header, names(heading), "{}", table.display());
}

#[test]
fn the_folder_of_a_replay() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    run(
        place.path(),
        "replay --model gpt-oss-20b --batch 8 --methods gpu-only,sieve --steps 1 --warmup-steps 1 --set model.layers=2 --no-claims --prefill sieve --out out",
    );
    let file = |name: &str| serde_json::from_slice(&fs::read(out.join(name)).unwrap()).unwrap();
    explained(&file("summary.json"), &["Replay: `summary.json`"], &[]);
    explained(&file("manifest.json"), &["Replay: `manifest.json`"], &[]);
    columns(&out.join("layers.csv"), 0, "Replay: `layers.csv`");
    columns(&out.join("energy.csv"), 0, "Replay: `energy.csv`");
    let explanation = json(place.path(), "explain out --json");
    assert!(explanation["points"].is_array());
}

#[test]
fn claims() {
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src/data/claims.json");
    let place = tempfile::tempdir().unwrap();
    let file: Value = serde_json::from_slice(&fs::read(kept).unwrap()).unwrap();
    let headings = ["Replay: `claims.json`, what was measured", "Claims: verdicts"];
    explained(&file, &headings, &["schema_version"]);
    let verdicts = &json(place.path(), &format!("claims {kept} --json"))["claims"];
    explained(&serde_json::json!({ "verdicts": verdicts }), &headings[1..], &[]);
}

#[test]
fn products_and_devices() {
    let place = tempfile::tempdir().unwrap();
    let json = |args: &str| json(place.path(), args);
    explained(&json("gemv --shape 512x512 --json"), &["Product"], &[]);
    run(place.path(), "gemv --shape 512x512 --set geometry.banks=8,16 --csv banks.csv");
    columns(&place.path().join("banks.csv"), 1, "Products of several devices");
    explained(&json("expert --tokens 1 --json"), &["Expert"], &[]);
    explained(&json("traffic --shape 512x1024 --tokens 1 --json"), &["Host beside units"], &[]);
    for device in ["sieve-hbm3e", "aim-compat", "hbm3-16gb-8hi"] {
        explained(&json(&format!("device --device {device} --json")), &["Device"], &[]);
    }
    fs::write(place.path().join("r.trace"), "R 0x0\nW 0x20\nR 0x40\n").unwrap();
    explained(&json("dram --trace r.trace --json"), &["Requests of a host"], &[]);
    explained(&json("dram --trace r.trace --channels 2 --json"), &["Requests of a host"], &[]);
    fs::write(
        place.path().join("c.csv"),
        "tick,command,pseudo_channel,bank_group,bank,row\n0,ACT,0,0,0,1\n1,ACT,0,0,0,2\n",
    )
    .unwrap();
    let checked = sieve(place.path(), "commands check c.csv --json").output().unwrap();
    let report: Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert!(report["violation"]["kind"].is_string(), "{report}");
    explained(&report, &["Check of commands"], &[]);
}

#[test]
fn models_traces_and_laws() {
    let place = tempfile::tempdir().unwrap();
    let json = |args: &str| json(place.path(), args);
    for model in ["qwen3.5-397b-a17b", "deepseek-v3", "llama-4-maverick", "gpt-oss-120b"] {
        explained(&json(&format!("model show {model} --json")), &["Model"], &[]);
    }
    fs::write(place.path().join("t.csv"), "B,batch,layer,e0,e1,e2\n3,0,0,2,2,2\n").unwrap();
    explained(&json("trace stats t.csv --json"), &["Trace"], &[]);
    run(place.path(), "trace stats t.csv --csv s.csv");
    let text = fs::read_to_string(place.path().join("s.csv")).unwrap();
    let of_rows: Vec<String> = (names("Trace").iter())
        .filter_map(|name| Some(name.strip_prefix("rows.N.")?.to_owned()))
        .collect();
    assert_eq!(text.lines().next().unwrap().split(',').collect::<Vec<_>>(), of_rows);
    explained(
        &json("placement --model gpt-oss-20b --gpus 2 --batch 8 --steps 1 --json"),
        &["Placement"],
        &["model", "gpus"],
    );
    explained(&json("links time --json"), &["Collectives"], &["link", "gpus"]);
    let nccl = concat!(env!("CARGO_MANIFEST_DIR"), "/../noc/tests/data/nccl.csv");
    for command in ["fit", "check"] {
        explained(&json(&format!("links {command} {nccl} --json")), &["Laws of links"], &[]);
    }
    explained(
        &json("routing fit published --family zipf --model Qwen3-30B-A3B --json"),
        &["Fitted routing"],
        &[],
    );
    for gate in ["switch", "deepseek"] {
        let args = format!("routing gate --gate {gate} --experts 16 --tokens 8 --choices --json");
        explained(&json(&args), &["Gate"], &[]);
    }
    let table =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../gpu-model/tests/data/moe_kernels_bf16.csv");
    explained(&json(&format!("calibrate gpu {table} --json")), &["Fitted kernels"], &[]);
}

#[test]
fn tables_behind_figures() {
    let place = tempfile::tempdir().unwrap();
    // Those that replay nothing.
    let ids = ["fig1", "fig3", "fig4", "fig5", "optimality", "sensitivity", "laws", "quirks"];
    let made = json(place.path(), &format!("figure {} --out . --json", ids.join(" ")));
    explained(&made, &["Figures"], &["figures"]);
    for id in ids {
        let table = format!("{id}.csv");
        columns(&place.path().join(&table), 0, &format!("Figures: `{table}`"));
    }
}

const SWEEP: &str = r#"(
    level: gemv(shape: "512x512"),
    axes: [{"geometry.banks": [6, 8]}],
)"#;

const REPLAYS: &str = r#"(
    level: replay(model: "gpt-oss-20b", batch: 1, method: "noexp"),
    set: {"model.layers": 1, "run.steps": 1, "run.warmup_steps": 0},
    axes: [{"refresh": [none]}],
)"#;

#[test]
fn sweeps_and_timelines() {
    let place = tempfile::tempdir().unwrap();
    let json = |args: &str| json(place.path(), args);
    for (sweep, text, heading) in
        [("g", SWEEP, "Sweep of products"), ("r", REPLAYS, "Sweep of replays")]
    {
        fs::write(place.path().join(format!("{sweep}.ron")), text).unwrap();
        explained(&json(&format!("sweep run {sweep}.ron --out {sweep} --json")), &["Sweep"], &[]);
        explained(&json(&format!("sweep status {sweep} --json")), &["Sweep: status"], &[]);
        run(place.path(), &format!("sweep merge {sweep} --out {sweep}.csv"));
        let metric = if sweep == "g" { "time_ns:min" } else { "step_time_us:min" };
        let mut best = json(&format!("sweep pareto {sweep}.csv --metrics {metric} --json"));
        // Names of columns may have dots themselves.
        assert!(best["points"].take()[0].is_object(), "{best}");
        explained(&best, &["Sweep: best rows"], &[]);
        columns(&place.path().join(format!("{sweep}.csv")), 1, heading);
    }
    explained(
        &json("timeline dram --shape 512x1024 --channels 2 --to 3000 --out d --json"),
        &["Timeline of a channel"],
        &[],
    );
    explained(
        &json(
            "timeline replay --model gpt-oss-20b --batch 8 --set model.layers=2 --set warmup_steps=1 --out r.trace --json",
        ),
        &["Timeline of a replay"],
        &[],
    );
}
