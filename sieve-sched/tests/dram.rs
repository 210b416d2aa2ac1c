//! `sieve dram` as a user meets it.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::common::sieve;

/// A folder with a few traces.
fn folder() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(place.path().join(name), text).unwrap();
    write("two.trace", "R 0x0\nR 0x20\n");
    write("two.csv", "op,addr,pc\nR,0,0\nR,32,0\n");
    write("letter.trace", "R 0x0\nX 0x20\n");
    write("escape.trace", "\u{1b}[2J 0x0\n");
    write("number.csv", "op,addr\nR,0x0\nR,0xzz\n");
    write("beyond.trace", "R 0x0\nR 0x20\nR 0x40000000\n");
    write("empty.trace", "");
    let mixed = |n: u64| format!("{} {:#x}\n", if n % 3 == 2 { 'W' } else { 'R' }, 32 * n);
    let mixed: String = (0..20_000).map(mixed).collect();
    write("mixed.trace", &mixed);
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(mixed.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    std::fs::write(place.path().join("mixed.trace.gz"), &packed).unwrap();
    std::fs::write(place.path().join("cut.trace.gz"), &packed[..packed.len() / 2]).unwrap();
    place
}

fn json(folder: &Path, args: &str) -> Value {
    let output = sieve(folder, &format!("dram {args} --json")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn two_reads_of_a_row_are_reported_as_worked_by_hand() {
    let place = folder();
    let report = json(place.path(), "--trace two.trace --refresh none");
    let keys = ["device", "controller", "mapper", "trace"].map(|key| report[key].as_str());
    let expected = ["hbm3-16gb-8hi", "strict", "robaracoch", "two.trace"].map(Some);
    assert_eq!(keys, expected);
    assert_eq!((&report["ticks_total"], &report["requests"]), (&116.into(), &2.into()));
    assert_eq!(report["bandwidth_fraction"], 8.0 / 232.0);
    let lines = "0,ACT,0,0,0,0,0,0\n64,RD,0,0,0,0,0,0\n72,RD,0,0,0,0,0,1\n";
    assert_eq!(report["cmdtrace_sha256"], sha256(lines));
    assert_eq!(report["arrive_depart_sha256"], sha256("0,108\n1,116\n"));
    let stats = &report["stats"];
    assert_eq!(stats["rows"]["reads"]["hits"], 1);
    assert_eq!(stats["latency"]["reads"]["max_ticks"], 115);
    assert_eq!(stats["latency"]["writes"], Value::Null);
    assert_eq!(stats["commands"], serde_json::json!({ "ACT": 1, "RD": 2 }));
    assert_eq!(report.get("per_channel"), None);
    // Both forms of a trace say the same.
    let csv = json(place.path(), "--trace two.csv --refresh none");
    assert_eq!(csv["stats"], report["stats"]);
    let output = sieve(place.path(), "dram --trace two.trace --refresh none").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("116 ticks, 36.2 ns") && text.contains("3.45 %"), "{text}");
}

#[test]
fn several_channels_give_the_same_bytes_at_any_number_of_threads() {
    let place = folder();
    for feed in ["free", "coupled"] {
        let args = format!("dram --trace mixed.trace --channels 4 --feed {feed} --json");
        let run = |threads| sieve(place.path(), &format!("{args} --threads {threads}")).output();
        let [one, two] = [1, 2].map(|threads| run(threads).unwrap().stdout);
        assert_eq!(one, two);
        let report: Value = serde_json::from_slice(&one).unwrap();
        let channels = report["per_channel"].as_array().unwrap();
        assert_eq!(channels.len(), 4);
        let hashes = channels.iter().map(|one| one["cmdtrace_sha256"].as_str().unwrap());
        assert_eq!(report["cmdtrace_sha256"], sha256(&hashes.collect::<String>()));
        let longest = channels.iter().map(|one| one["stats"]["time_ticks"].as_u64().unwrap()).max();
        assert_eq!(report["ticks_total"].as_u64(), longest);
        assert_eq!(report["stats"]["requests"]["bursts"], 20_000);
    }
}

#[test]
fn one_channel_is_the_same_under_both_feeds_packed_and_plain() {
    let place = folder();
    let hash = |args| json(place.path(), args)["cmdtrace_sha256"].clone();
    let plain = hash("--trace mixed.trace");
    assert_eq!(plain, hash("--trace mixed.trace.gz"));
    assert_eq!(plain, hash("--trace mixed.trace --feed coupled"));
}

#[test]
fn commands_written_break_no_rule() {
    let place = folder();
    for refresh in ["all-bank", "per-bank"] {
        let args = format!("dram --trace mixed.trace --refresh {refresh} --commands c.csv.gz");
        sieve(place.path(), &args).assert().success();
        let check = format!("commands check --device hbm3-16gb-8hi --refresh {refresh} c.csv.gz");
        sieve(place.path(), &check).assert().success();
    }
}

#[test]
fn controllers_are_chosen_and_changed() {
    let place = folder();
    let compat = "--device ramulator2-compat-hbm3-16gb-8hi --trace mixed.trace";
    assert_eq!(json(place.path(), compat)["controller"], "ramulator2");
    let own = json(place.path(), &format!("{compat} --controller strict"));
    assert_eq!(own["controller"], "strict");
    let mapped = json(place.path(), "--trace mixed.trace --mapper MOP4CLXOR");
    assert_eq!(mapped["mapper"], "mop4clxor");
    let hash = |args| json(place.path(), args)["cmdtrace_sha256"].clone();
    let flags = "--trace mixed.trace --queue 64 --policy frfcfs-rowhit,cap4";
    let set = "--trace mixed.trace --set controller.read_queue=64 --set controller.write_queue=64 \
               --set controller.scheduler=fr_fcfs_row_hit --set controller.row_policy=closed_cap(4)";
    assert_eq!(hash(flags), hash(set));
    assert_ne!(hash(flags), hash("--trace mixed.trace"));
    let output = sieve(place.path(), "device --json").output().unwrap();
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    let named = |name| list["devices"].as_array().unwrap().iter().find(|d| d["name"] == name);
    let device = "ramulator2-compat-hbm3-4gb";
    assert_eq!(named(device).unwrap()["controller"], "ramulator2");
    assert_eq!(named("hbm2-8gb").unwrap()["controller"], "strict");
}

/// Bad input: exit status 2, one message, nothing left behind.
#[track_caller]
fn refused(args: &str, says: &str) {
    let place = folder();
    let before = std::fs::read_dir(place.path()).unwrap().count();
    let output = sieve(place.path(), &format!("dram {args}")).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains(says), "{message}");
    assert!(output.stdout.is_empty());
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), before);
}

#[test]
fn bad_input_is_refused_with_a_message_that_helps() {
    refused("--trace letter.trace", "letter.trace:2: `X` is no operation; it is R or W");
    refused("--trace number.csv", "number.csv:3: `0xzz` is no address");
    refused(
        "--trace beyond.trace",
        "beyond.trace:3: address 0x40000000 lies beyond the 1073741824 B",
    );
    refused("--trace empty.trace", "empty.trace:1: no request");
    refused("--trace cut.trace.gz", "cut.trace.gz:");
    refused("--trace missing.trace", "missing.trace: cannot be read: ");
    refused("--trace two.trace --controller strct", "did you mean `strict`?");
    refused("--trace two.trace --mapper RoBaRaCoCo", "did you mean `robaracoch`?");
    refused("--trace two.trace --policy opn", "did you mean `open`?");
    refused("--trace two.trace --policy cap:0", "at least one column command");
    refused("--trace two.trace --channels 17", "the device has 16");
    refused("--trace two.trace --queue 0", "0");
    refused("--trace two.trace --set timing.tREFI=100", "each bank is refreshed every 200 ticks");
    refused("--trace two.trace --set controller.drain.below_percent=0", "needs 1 <= below");
    refused("--trace escape.trace", "escape.trace:1: `\\u{1b}[2J` is no operation");
    refused("--trace two.trace --set controller.max_wat=3", "did you mean `controller.max_wait`?");
    refused("--trace two.trace --channels 2 --commands c.csv", "commands of one channel");
    refused("--trace letter.trace --commands c.csv", "letter.trace:2:");
    let locked = "--device ramulator2-compat-hbm3-16gb-8hi --policy cap:4 --trace mixed.trace";
    refused(locked, "live-lock: ");
    refused(&format!("{locked} --commands c.csv"), "live-lock: ");
}
