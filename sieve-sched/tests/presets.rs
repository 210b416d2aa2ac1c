//! `sieve presets` as a user meets it.

use std::path::Path;

use serde_json::Value;

use crate::common::sieve;

fn read(args: &str) -> Value {
    let output = sieve(Path::new("."), &format!("{args} --json")).output().unwrap();
    assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A value or derived quantity of `sieve presets show`.
fn part<'v>(shown: &'v Value, list: &str, name: &str) -> &'v Value {
    let key = if list == "values" { "path" } else { "name" };
    let parts = shown[list].as_array().unwrap();
    parts.iter().find(|part| part[key] == name).unwrap_or_else(|| panic!("no {name}: {shown}"))
}

#[test]
fn whatever_is_listed_is_shown() {
    let list = read("presets list");
    let kinds = list["kinds"].as_array().unwrap();
    assert!(kinds.len() >= 15, "{list}");
    let models = kinds.iter().find(|kind| kind["kind"] == "model").unwrap();
    assert_eq!(models["presets"].as_array().unwrap().len(), 16);
    for kind in kinds {
        let name = kind["kind"].as_str().unwrap();
        // One of each; the library tries them all.
        let preset = &kind["presets"][0];
        let of = preset["name"].as_str().unwrap();
        let shown = read(&format!("presets show {of} --kind {name}"));
        assert_eq!((&shown["kind"], &shown["about"]), (&kind["kind"], &preset["about"]));
        assert!(!shown["values"].as_array().unwrap().is_empty(), "{shown}");
    }
    let gpus = sieve(Path::new("."), "presets list gpu").output().unwrap().stdout;
    let gpus = String::from_utf8(gpus).unwrap();
    assert!(gpus.contains("b200     2.25 PFLOP/s dense FP16, HBM 192 GB at 8 TB/s"), "{gpus}");
    assert!(!gpus.contains("qwen3"), "{gpus}");
}

#[test]
fn every_number_has_unit_and_source_and_derived_ones_say_so() {
    let device = read("presets show sieve-hbm3e --set timing.tWR=40 --set geometry.banks=16");
    let rate = part(&device, "values", "timing.tREFI");
    assert_eq!((&rate["value"], &rate["unit"]), (&3900.into(), &"ns".into()));
    assert_eq!(rate["source"], "arXiv 2605.11277 Table 1");
    let bus = part(&device, "values", "timing.nBL");
    assert!(bus["source"].as_str().unwrap().starts_with("JEDEC HBM3 (JESD238)"), "{bus}");
    let set = part(&device, "values", "timing.tWR");
    assert_eq!(
        (&set["value"], &set["unit"], &set["source"]),
        (&40.into(), &"clocks".into(), &"command line".into())
    );
    // 128 channels x 2 pseudo-channels x 16 banks x 16,384 rows of 1 KiB; 256 bursts of 32 B every 2 clocks of 0.5 ns.
    let capacity = part(&device, "derived", "capacity_bytes");
    assert_eq!(capacity["value"].as_u64(), Some(128 * 2 * 16 * 16_384 * 1024));
    let peak = part(&device, "derived", "bytes_per_s");
    assert_eq!((peak["value"].as_f64(), &peak["unit"]), (Some(256.0 * 32e9), &"B/s".into()));

    let gpu = read("presets show b200 --kind gpu");
    assert_eq!(part(&gpu, "derived", "flops_per_byte")["value"], 281.25);
    let system = read("presets show b200-hbm-pim");
    assert_eq!(
        part(&system, "values", "link.latency_ns")["source"],
        "arXiv 2605.11277 Table 1: NVLink, 900 GB/s per direction, 0.8 us"
    );
    assert_eq!(part(&system, "derived", "gpu.flops_per_byte")["value"], 281.25);

    let text = sieve(Path::new("."), "presets show sieve-hbm3e").output().unwrap().stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("derived: geometry"), "{text}");
    assert!(text.ends_with("`sieve device --device sieve-hbm3e` has more of it\n"), "{text}");
}

/// The numbers of other commands, which work them out by themselves.
#[test]
fn other_commands_say_the_same() {
    let (shown, report) =
        (read("presets show gpt-oss-20b --kind model"), read("model show gpt-oss-20b"));
    for name in ["parameters", "active_parameters", "expert_bytes", "kv_bytes_per_token"] {
        assert_eq!(part(&shown, "derived", name)["value"], report[name], "{name}");
    }
    let (shown, report) = (read("presets show gddr6-aim"), read("device --device gddr6-aim"));
    assert_eq!(part(&shown, "derived", "capacity_bytes")["value"], report["capacity_bytes"]);
    let peaks = &report["peaks"];
    assert_eq!(part(&shown, "derived", "bytes_per_s")["value"], peaks["external_bytes_per_s"]);
    assert_eq!(part(&shown, "derived", "pim_bytes_per_s")["value"], peaks["internal_bytes_per_s"]);
    assert_eq!(part(&shown, "derived", "pim_units")["value"], report["units"]);
    let sweep = read("presets show bank-config");
    assert_eq!(part(&sweep, "derived", "rows")["value"], 5 * 4 * 3 * 2 * 2 * 2 * 3 * 2 * 2);
}

#[test]
fn a_file_is_shown_as_its_kind() {
    let place = tempfile::tempdir().unwrap();
    let link = "(name: \"own\", bytes_per_s: 1_000, latency_ns: 5, sources: {\"\": \"a ruler\"})";
    std::fs::write(place.path().join("own.ron"), link).unwrap();
    let output = sieve(place.path(), "presets show own.ron --kind link --json").output().unwrap();
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rate = part(&shown, "values", "bytes_per_s");
    assert_eq!((&rate["value"], &rate["source"]), (&1000.into(), &"a ruler".into()));
}
