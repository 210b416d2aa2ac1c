//! `sieve timeline` as a user meets it.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use crate::common::perfetto::File;
use crate::common::sieve;

const REPLAY: &str =
    "timeline replay --model gpt-oss-20b --batch 8 --set model.layers=2 --set warmup_steps=1";
const DRAM: &str = "timeline dram --shape 512x1024 --channels 2 --to 3000";

fn json(folder: &Path, args: &str) -> Value {
    let output = sieve(folder, args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn refused(folder: &Path, args: &str, says: &str) {
    let output = sieve(folder, args).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && text.contains(says), "{args}: {text}");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0, "{args} left a file");
}

#[test]
fn a_replay_is_written_with_the_same_bytes_each_time() {
    let place = tempfile::tempdir().unwrap();
    let read = |name: &str| std::fs::read(place.path().join(name)).unwrap();
    let report = json(place.path(), &format!("{REPLAY} --out a.perfetto-trace --json"));
    let file = File::check(&read("a.perfetto-trace"));
    assert_eq!(report["slices"].as_u64(), Some(file.slices.len() as u64));
    assert_eq!(report["bytes"].as_u64(), Some(read("a.perfetto-trace").len() as u64));
    let shown = file.first("step", "step");
    assert_eq!(report["step_us"].as_f64(), Some(shown.end as f64 / 1e6));
    assert!(shown.track.0.starts_with("gpt-oss-20b, batch 8, sieve, step 0"), "{shown:?}");
    sieve(place.path(), &format!("{REPLAY} --out b.perfetto-trace")).assert().success();
    assert_eq!(read("a.perfetto-trace"), read("b.perfetto-trace"));
    sieve(place.path(), &format!("{REPLAY} --out c.gz")).assert().success();
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&read("c.gz")[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, read("a.perfetto-trace"));
}

#[test]
fn the_step_of_a_results_folder_is_the_one_that_was_replayed() {
    let place = tempfile::tempdir().unwrap();
    let replay = "replay --model gpt-oss-20b --batch 8 --methods sieve --steps 1 --warmup-steps 1 --seed 5 --set model.layers=2 --no-claims --json --out out";
    let summary = json(place.path(), replay);
    let args = "timeline replay --results out --batch 8 --out a --json";
    let report = json(place.path(), args);
    let point = &summary["models"][0]["points"][0];
    let close =
        |a: &Value, b: &Value| (a.as_f64().unwrap() / b.as_f64().unwrap() - 1.0).abs() < 1e-12;
    assert!(close(&report["step_us"], &point["step_time_us"]), "{report} {point}");
    for unit in ["gpu", "hbm", "pim", "scheduler", "vector"] {
        assert!(close(&report["busy_us"][unit], &point["busy_us_per_step"][unit]), "{unit}");
    }
    for (other, says) in [
        ("--step 1", "--step 1: is no point of out; it has 0 to 0"),
        ("--method noexp", "--method noexp: is no point of out; it has sieve"),
        ("--model llama", "no model is called `llama`"),
        ("--layers 3", "--layers: 3 is outside 0 to 2"),
        ("--from 90000", "--from: the step is over after"),
    ] {
        let output = sieve(place.path(), &format!("{args} {other}")).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(says), "{error}");
    }
}

#[test]
fn both_formats_say_the_same() {
    let place = tempfile::tempdir().unwrap();
    for command in [REPLAY, DRAM] {
        json(place.path(), &format!("{command} --out a --json"));
        json(place.path(), &format!("{command} --out b --format json --json"));
        let perfetto = File::check(&std::fs::read(place.path().join("a")).unwrap());
        let chrome: Value =
            serde_json::from_slice(&std::fs::read(place.path().join("b")).unwrap()).unwrap();
        assert_eq!(chrome["otherData"]["scale"], "1 ns shown = 1 ps simulated");
        let (mut open, mut begun) = (BTreeMap::<_, Vec<usize>>::new(), Vec::new());
        let mut flows = [0, 0];
        for event in chrome["traceEvents"].as_array().unwrap() {
            let track = (event["pid"].as_u64(), event["tid"].as_u64());
            // Microseconds with three decimals.
            let at = || (event["ts"].as_f64().unwrap() * 1000.0).round() as u64;
            match event["ph"].as_str().unwrap() {
                "B" => {
                    open.entry(track).or_default().push(begun.len());
                    begun.push((event["name"].as_str().unwrap().to_owned(), at(), 0));
                }
                "E" => begun[open.get_mut(&track).unwrap().pop().unwrap()].2 = at(),
                "s" => flows[0] += 1,
                "f" => flows[1] += 1,
                "C" | "M" => {}
                other => panic!("{other}"),
            }
        }
        let slices = perfetto.slices.iter().map(|s| (s.name.clone(), s.start, s.end));
        assert_eq!(begun, slices.collect::<Vec<_>>());
        assert_eq!(flows, [perfetto.flows.len(); 2]);
    }
}

#[test]
fn a_file_of_commands_is_shown_like_the_product_that_wrote_it() {
    let place = tempfile::tempdir().unwrap();
    let gemv = "gemv --shape 512x1024 --channels 2 --commands c.csv.gz --no-peak";
    sieve(place.path(), gemv).assert().success();
    let product = json(place.path(), &format!("{DRAM} --out a --json"));
    let file = json(place.path(), "timeline dram --commands c.csv.gz --to 3000 --out b --json");
    for field in ["commands", "commands_shown", "slices", "tracks"] {
        assert_eq!(product[field], file[field], "{field}");
    }
    // Plain memories have no units.
    let requests: String = (0..400).map(|n| format!("R {}\n", n * 4096)).collect();
    std::fs::write(place.path().join("r.trace"), requests).unwrap();
    sieve(place.path(), "dram --trace r.trace --commands r.csv").assert().success();
    let args = "timeline dram --device hbm3-16gb-8hi --commands r.csv --out r --json";
    let report = json(place.path(), args);
    assert_eq!(report["slices_cut"], 0);
    let file = File::check(&std::fs::read(place.path().join("r")).unwrap());
    assert_eq!(file.on("data bus").filter(|slice| slice.name == "RD").count(), 400);
}

#[test]
fn what_cannot_be_shown_is_refused_and_leaves_no_file() {
    let place = tempfile::tempdir().unwrap();
    let refused = |args: &str, says: &str| refused(place.path(), args, says);
    refused("timeline replay --out a --layers 3..3", "a range such as 0..4");
    refused("timeline replay --out a --from 5 --to 5", "--from: expected to be less than --to");
    refused("timeline replay --out a --from 1e3", "expected microseconds");
    refused("timeline replay --out a --model gpt-oss-120", "gpt-oss-120b");
    refused("timeline replay --out nowhere/a", "its folder does not exist");
    refused("timeline replay --out a --results nowhere", "nowhere");
    refused("timeline dram --out a", "--shape");
    refused(
        "timeline dram --out a --shape 8x8 --from 9 --to 9",
        "--from 9: expected to be less than --to 9",
    );
    refused("timeline dram --out a --shape 8x8 --device hbm3-16gb-8hi", "has no PIM units");
    refused("timeline dram --out a --commands nothing.csv", "nothing.csv: cannot be read");
}
