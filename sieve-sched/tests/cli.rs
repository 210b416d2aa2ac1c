//! The command as a user meets it.

use serde_json::Value;

use crate::common::sieve;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

const SHORT: &str =
    "replay --batch 1,8 --steps 2 --warmup-steps 1 --methods gpu-only,allexp,sieve --out out";

#[test]
fn a_replay_leaves_a_complete_folder_with_the_same_bytes_each_time() {
    let place = folder();
    let read = |name: &str| std::fs::read(place.path().join("out").join(name)).unwrap();
    let mut first: Option<Vec<Vec<u8>>> = None;
    for threads in [1, 2] {
        sieve(place.path(), &format!("{SHORT} --threads {threads}")).assert().success();
        let files = [
            "summary.json",
            "layers.csv",
            "energy.csv",
            "config.resolved.ron",
            "throughput-interactivity.svg",
            "throughput-interactivity.png",
        ];
        let now: Vec<Vec<u8>> = files.iter().map(|name| read(name)).collect();
        assert_eq!(*first.get_or_insert_with(|| now.clone()), now);
    }
    let rows = String::from_utf8(read("layers.csv")).unwrap();
    // Header, and (2 batches x 3 methods) x (one kind of layer and the head).
    assert_eq!(rows.lines().count(), 1 + 2 * 3 * 2);
    assert!(read("manifest.json").starts_with(b"{"));
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
}

#[test]
fn json_is_one_object_on_stdout() {
    let place = folder();
    let output = sieve(place.path(), &format!("{SHORT} --json")).output().unwrap();
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["models"][0]["points"].as_array().unwrap().len(), 6);
    let gemv = sieve(place.path(), "gemv --shape 1536x2048 --tokens 2 --json").output().unwrap();
    let gemv: Value = serde_json::from_slice(&gemv.stdout).unwrap();
    let total: u64 =
        gemv["breakdown"].as_object().unwrap().values().map(|v| v.as_u64().unwrap()).sum();
    assert_eq!(Some(total), gemv["cycles"].as_u64());
    assert_eq!(gemv["refreshes"], 0);
    for (parts, total) in [("energy_pj_by_part", "energy_pj"), ("pj_per_bit_by_part", "pj_per_bit")]
    {
        let parts = gemv[parts].as_object().unwrap();
        let sum: f64 = parts.values().map(|v| v.as_f64().unwrap()).sum();
        assert!((sum / gemv[total].as_f64().unwrap() - 1.0).abs() < 1e-12, "{gemv}");
    }
    assert_eq!(gemv["capacity_lost_share"], 0.5);
    assert!(gemv["peak_over_limit"].as_f64() < Some(1.0), "{gemv}");
    let expert = sieve(place.path(), "expert --model gpt-oss-20b --json").output().unwrap();
    let expert: Value = serde_json::from_slice(&expert.stdout).unwrap();
    assert_eq!(expert["experts"].as_array().unwrap().len(), 3);
}

#[test]
fn bank_exploration_keeps_every_combination() {
    let place = folder();
    let lists =
        "--set geometry.banks=16,23,24 --set activation=ganged(4),all_bank --csv banks.csv --json";
    let output = sieve(place.path(), &format!("gemv --shape 512x512 {lists}")).output().unwrap();
    let points: Value = serde_json::from_slice(&output.stdout).unwrap();
    let points = points["points"].as_array().unwrap();
    assert_eq!(points.len(), 6);
    assert!(points[2]["impossible"].as_str().unwrap().contains("23 banks do not divide"));
    let rows = std::fs::read_to_string(place.path().join("banks.csv")).unwrap();
    assert!(rows.starts_with("geometry.banks,pim.activation,cycles,time_ns,"), "{rows}");
    let third = rows.lines().nth(5).unwrap();
    assert!(third.starts_with("24,ganged(4),"), "{third}");
    // The same numbers as on their own.
    let alone = sieve(place.path(), "gemv --shape 512x512 --json").output().unwrap();
    let alone: Value = serde_json::from_slice(&alone.stdout).unwrap();
    assert_eq!(points[4]["report"], alone);
}

#[test]
fn peak_power_is_found_unless_it_is_not_asked_for() {
    let place = folder();
    let args =
        "gemv --shape 48x16 --channels 1 --set activation=ganged(4),all_bank --csv p.csv --json";
    let output = sieve(place.path(), args).output().unwrap();
    let points: Value = serde_json::from_slice(&output.stdout).unwrap();
    // Of both pseudo-channels: their multiply-accumulates, 24 banks x (112.64 + 7.36) pJ + 1349.12 pJ, or 24 rows of 909 pJ.
    for (point, pj) in [(0, 4229.12), (1, 21_816.0)] {
        let report = &points["points"][point]["report"];
        assert_eq!(report["peak_power_mw"].as_f64(), Some(2.0 * pj / 6.0), "{report}");
        assert_eq!(report["peak_over_limit"].as_f64(), Some(2.0 * pj / 6.0 / 7250.0));
    }
    let rows = std::fs::read_to_string(place.path().join("p.csv")).unwrap();
    let columns: Vec<Vec<&str>> = rows.lines().map(|row| row.split(',').collect()).collect();
    let at = columns[0].iter().position(|name| *name == "peak_power_mw").unwrap();
    assert_eq!(columns[2][at], "7272.0");
    assert!(columns.iter().all(|row| row.len() == columns[0].len()));
    let output = sieve(place.path(), "gemv --shape 48x16 --no-peak --json").output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((report.get("peak_power_mw"), &report["peak_limit_mw"]), (None, &7250.0.into()));
}

#[test]
fn traffic_is_told_as_json_and_as_text() {
    let place = folder();
    let args = "traffic --shape 96x256 --channels 1 --jobs 2 --read 4096 --arbitration batched:8";
    let output = sieve(place.path(), &format!("{args} --json")).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["arbitration"], "batched:8");
    // 4,096 B in bursts of 32 B.
    assert_eq!(report["both"]["commands"]["RD"], 128);
    assert_eq!(report["stream_alone"]["units_cycles"], 0);
    let text = String::from_utf8(sieve(place.path(), args).output().unwrap().stdout).unwrap();
    let first = "2 x 96x256 x 1 beside 4096 B read, on sieve-hbm3e (1 channels, batched:8)";
    assert!(text.starts_with(first), "{text}");
}

#[test]
fn commands_of_a_product_pass_the_check_until_one_is_moved() {
    let place = folder();
    let gemv = "gemv --shape 1536x2048 --tokens 40 --json --commands";
    let mut texts = Vec::new();
    for name in ["product.csv", "product.csv.gz"] {
        let output = sieve(place.path(), &format!("{gemv} {name}")).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let check = sieve(place.path(), &format!("commands check {name}")).output().unwrap();
        assert_eq!(check.status.code(), Some(0));
        let check = String::from_utf8(check.stdout).unwrap();
        let counts = report["commands"].as_object().unwrap().values();
        let commands: u64 = counts.map(|count| count.as_u64().unwrap()).sum();
        // From the last result read to its data: tCL + nBL, 28 + 2.
        let ticks = report["cycles"].as_u64().unwrap() - 30;
        assert_eq!(check, format!("{commands} commands, {ticks} ticks: no rule broken\n"));
        texts.push(std::fs::read(place.path().join(name)).unwrap());
    }
    assert!(texts[1].starts_with(b"\x1f\x8b") && texts[1].len() < texts[0].len() / 4);
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 2);

    let text = String::from_utf8(texts.swap_remove(0)).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let second = lines.iter().position(|line| line.contains(",MAC,")).unwrap() + 2;
    let (tick, rest) = lines[second].split_once(',').unwrap();
    let tick: u64 = tick.parse().unwrap();
    assert!(rest.starts_with("MAC,0,"), "{rest}");
    lines[second] = format!("{},{rest}", tick - 1);
    std::fs::write(place.path().join("early.csv"), lines.join("\n")).unwrap();
    let check = sieve(place.path(), "commands check early.csv").output().unwrap();
    assert_eq!(check.status.code(), Some(1));
    let (line, command) = (second + 1, second - 1);
    assert_eq!(
        String::from_utf8(check.stdout).unwrap(),
        format!(
            "early.csv:{line}: command {command} (MAC) at tick {} breaks tCCD_L: legal from tick {tick} on, \
             because of command {} (MAC) at tick {} in line {}\n",
            tick - 1,
            command - 2,
            tick - 4,
            line - 2
        )
    );
    let check = sieve(place.path(), "commands check early.csv --json").output().unwrap();
    assert_eq!(check.status.code(), Some(1));
    let check: Value = serde_json::from_slice(&check.stdout).unwrap();
    assert_eq!((&check["line"], &check["because_line"]), (&line.into(), &(line - 2).into()));
    assert_eq!(check["violation"]["rule"], "tCCD_L");
    // Under a shorter rule the same trace is legal.
    sieve(place.path(), "commands check --set timing.tCCD_L=3 early.csv").assert().code(0);
}

#[test]
fn a_memory_without_units_is_shown_and_its_commands_checked() {
    let place = folder();
    let output = sieve(place.path(), "device --device hbm3-4gb --json").output().unwrap();
    let device: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&device["pim"], &device["units"]), (&Value::Null, &0.into()));
    let act = &device["commands"][0];
    assert_eq!((&act["clocks"], &act["edge"]), (&1.5.into(), &"rising".into()));
    let apart = device["rules"].as_array().unwrap().iter().find(|rule| rule["name"] == "tCCD_R");
    assert_eq!(apart.unwrap()["apart"], "rank");
    // A read of the row's first burst 63 ticks after its activation is between two edges.
    let trace = |at: u64| {
        format!(
            "tick,command,pseudo_channel,bank_group,bank,row,column\n0,ACT,0,0,0,7,\n{at},RDA,0,0,0,7,0\n"
        )
    };
    for (at, code) in [(64, 0), (63, 1), (62, 1)] {
        std::fs::write(place.path().join("t.csv"), trace(at)).unwrap();
        sieve(place.path(), "commands check --device hbm3-4gb t.csv").assert().code(code);
    }
}

#[test]
fn devices_are_listed_whole_and_derived() {
    let place = folder();
    let output = sieve(place.path(), "device --json").output().unwrap();
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    let devices = list["devices"].as_array().unwrap();
    let named = |name: &str| devices.iter().find(|device| device["name"] == name).unwrap();
    let (own, derived) = (named("sieve-hbm3e"), named("aim-compat"));
    assert_eq!(own["based_on"], Value::Null);
    // 128 channels x 2 pseudo-channels x 24 banks.
    assert_eq!(own["units"], 6144);
    assert_eq!(derived["based_on"], "gddr6-aim");
    assert_eq!((&derived["family"], &derived["refresh"]), (&"aim".into(), &"none".into()));
    let output = sieve(place.path(), "device").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for device in devices {
        let name = device["name"].as_str().unwrap();
        assert!(text.contains(&format!(" {name} ")), "{text}");
        let one = sieve(place.path(), &format!("device --device {name} --json")).output().unwrap();
        let one: Value = serde_json::from_slice(&one.stdout).unwrap();
        for (key, value) in device.as_object().unwrap() {
            assert_eq!(&one[key], value, "{name}, {key}");
        }
    }
}

#[test]
fn a_device_is_printed_with_its_rules_in_clocks() {
    let place = folder();
    let report = |args: &str| -> Value {
        let output = sieve(place.path(), &format!("device {args} --json")).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let device = report("--device sieve-hbm3e --set timing.tWR=40");
    let named = |list: &str, name: &str| -> Value {
        let list = device[list].as_array().unwrap();
        list.iter().find(|one| one["name"] == name).unwrap().clone()
    };
    // tCWL 14 + nBL 2 + tWR 40, of 0.5 ns.
    let rule = named("rules", "tWR");
    assert_eq!(rule["wait"], "tCWL + nBL + tWR");
    assert_eq!((&rule["wait_clocks"], &rule["wait_ns"]), (&56.0.into(), &28.0.into()));
    assert_eq!((&rule["scope"], &rule["after"][0]), (&"bank".into(), &"WR".into()));
    assert_eq!(named("rules", "tFAW")["budget"], 4);
    // Four rows of 909 pJ.
    let command = named("commands", "PACTG");
    assert_eq!((&command["row"], &command["reach"]), (&"opens(pim)".into(), &"gang".into()));
    assert_eq!(command["energy_pj_by_part"]["activation"], 3636.0);
    // 32 B a unit every 4 clocks, 32 B a pseudo-channel every 2.
    assert_eq!(device["peaks"]["internal_bytes_per_s"], 6144.0 * 16e9);
    assert_eq!(device["peaks"]["external_bytes_per_s"], 256.0 * 32e9);
    assert_eq!(device["sources"]["timing.tWR"], "command line");
    // 400 ns of 3900 ns.
    let refresh = &device["refresh_plan"];
    assert_eq!(refresh["interval_clocks"], 7800.0);
    assert_eq!(refresh["blocked_share"].as_f64(), Some(400.0 / 3900.0));
    // Six banks of a group by turns, each 200 ns of 3900 ns.
    let refresh = &report("--device sieve-hbm3e --refresh same_bank")["refresh_plan"];
    assert_eq!((&refresh["interval_clocks"], &refresh["turns"]), (&1300.0.into(), &6.into()));
    assert_eq!(refresh["blocked_share"].as_f64(), Some(200.0 / 3900.0));

    let compat = report("--device newton-compat");
    assert_eq!(compat["based_on"], "newton-hbm2");
    // It gives no tCCD_S: 32 B a channel every nBL of 2 ns.
    assert_eq!(compat["peaks"]["external_bytes_per_s"], 32.0 * 16e9);
    let output = sieve(place.path(), "device --device newton-compat").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for deviation in compat["deviations"].as_array().unwrap() {
        assert!(text.contains(deviation["name"].as_str().unwrap()), "{text}");
    }
}

/// Bad input: exit status 2, one message, nothing left behind.
#[track_caller]
fn refused(args: &str, says: &str) {
    let place = folder();
    std::fs::write(place.path().join("empty.npz"), "").unwrap();
    std::fs::write(place.path().join("system.ron"), "(\n    name: \"x\",\n    gpus: \"b200\",\n)")
        .unwrap();
    std::fs::write(place.path().join("trace.csv"), "tick,command\n0,VWR,0\n").unwrap();
    std::fs::write(place.path().join("trace.csv.gz"), "tick,command\n").unwrap();
    let circle =
        "(name: \"x\", based_on: \"circle.ron\", deviations: [])".replace(", based", ",\nbased");
    std::fs::write(place.path().join("circle.ron"), circle).unwrap();
    std::fs::create_dir(place.path().join("thesis")).unwrap();
    std::fs::write(place.path().join("thesis/chapter1"), "").unwrap();
    let before = std::fs::read_dir(place.path()).unwrap().count();
    let output = sieve(place.path(), args).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains(says), "{message}");
    assert!(output.stdout.is_empty());
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), before);
}

#[test]
fn bad_input_is_refused_with_a_message_that_helps() {
    refused("replay --model qwen3-30b", "did you mean `qwen3-30b-a3b`?");
    refused("replay --methods sive", "no method is called `sive`");
    refused("replay --system system.ron", "system.ron:3:");
    refused("replay --set timing.tFWA=3", "did you mean `timing.tFAW`?");
    refused("replay --set refresh=sometimes", "unknown variant `sometimes`");
    refused("replay --set tRFC=ms(3)", "expected one of `ck`, `ns`, `ps`");
    refused("replay --set geometry.banks=23", "23 banks do not divide into 4 bank groups");
    refused("replay --set geometry.row_bytes=1000", "not a multiple of the 32 B burst");
    refused("replay --set lanes=8", "8 lanes x 2 B take 16 B, a burst brings 32 B");
    refused("replay --set pim.timing.tREFI=400", "no work would ever be done");
    refused("replay --activation ganged(8)", "8 banks a command exceed the 4 that tFAW allows");
    refused("replay --set experts.weights=mxfp4", "PIM units multiply operands of 16 bits");
    refused("replay --set pattern.0.layers=0", "pattern.0.layers: 0 is outside 1 to 1024");
    refused(
        "replay --set kv_block_tokens=1024",
        "runtime.kv_block_tokens: 1024 is outside 1 to 512",
    );
    refused("replay --batch 8,8", "run.batches: 8 stands there twice");
    refused("gemv --shape 8x8 --channels 129", "the device has 128");
    refused("replay --batch 0", "a whole number from 1 to 65536 is expected");
    refused("replay --set run.batches=[0]", "a batch has 1 to 65,536 requests");
    refused("replay --steps -1", "a whole number from 1 to 1048576 is expected");
    refused("replay --batch x", "invalid value 'x'");
    refused("replay --kv-len 0", "0");
    refused("replay --minibatches 0", "minibatches");
    refused("replay --scheduler-cost=-1", "expected 0 to 1000000 us");
    refused("replay --trace empty.npz", "empty.npz");
    refused("replay --trace missing.npz", "missing.npz");
    refused("replay --set run.gpus=0", "run.gpus: 0 is outside 1 to 128");
    refused(
        "replay --set scheduler_ns_per_256_experts=40000000000000",
        "runtime.scheduler_ns_per_256_experts: 40000000000000 is outside 0 to 1000000000",
    );
    // Nothing overflows on the way there.
    for path in ["gpu.peak_flops_per_s", "link.bytes_per_s"] {
        let slow = format!("replay --model gpt-oss-120b --batch 64 --steps 1 --set {path}=1");
        refused(&slow, "s of 4 GPUs are simulated: faster hardware");
    }
    refused("replay --out thesis", "only folders of earlier results");
    refused("replay --out .", "is the current folder");
    refused("replay --out /proc/none/out", "cannot be written");
    refused("gemv --shape 4096", "expected OUTxIN");
    refused("gemv --shape 0x3", "both sides at least 1");
    refused("gemv --shape 8x8 --device hbm3-4gb", "pim: the device has no PIM units");
    refused("gemv --shape 1000000x1000000 --channels 1", "rows a bank");
    refused("gemv --shape 8x8 --commands -", "give the name of a file");
    refused("gemv --shape 8x8 --csv thesis", "thesis: is there and no regular file");
    refused("gemv --shape 8x8 --activation ganged(-1)", "invalid value: integer `-1`");
    refused("gemv --shape 8x8 --order reuse-gb:2", "holds 2 outputs at once");
    refused("gemv --shape 8x8 --device circle.ron", "goes in a circle: circle.ron");
    refused("gemv --shape 8x8 --commands none/out.csv", "none/out.csv: cannot be written");
    refused("gemv --shape 8x8 --set geometry.banks=8,16 --commands out.csv", "writes one product");
    refused("traffic --shape 8x8 --arbitration fair", "there is pim-first, host-first, batched:N");
    refused("traffic --shape 8x8 --arbitration batched:0", "with N at least 1");
    refused("traffic --shape 8x8 --device hbm3-4gb", "pim: the device has no PIM units");
    refused("traffic --shape 8x8 --channels 129", "the device has 128");
    refused("traffic --shape 8x8 --channels 1 --read 9000000000", "at most 33554432 are simulated");
    refused("traffic --shape 8x8 --read 0", "invalid value '0'");
    refused("commands check trace.csv", "trace.csv:2: 3 cells, the header has 2");
    refused("commands check trace.csv.gz", "trace.csv.gz:1: cannot be read: ");
    refused("commands check missing.csv", "missing.csv: cannot be read: ");
    refused("device --device attacc-comput", "did you mean `attacc-compat`?");
    refused("device --set timing.tFAW=30", "--set timing.tFAW: name the device with --device");
    refused("device --device sieve-hbm3e --refresh sometimes", "unknown variant `sometimes`");
    refused("expert --device hbm9", "no device is called `hbm9`");
}

#[test]
fn prompts_beside_a_batch_are_told_and_bad_ones_refused() {
    let place = folder();
    let args = "replay --batch 2 --methods noexp,sieve --steps 2 --warmup-steps 1 --set pattern.0.layers=2 \
                --prefill sieve --prompt-len 8 --chunk-tokens 4 --out out --json";
    let output = sieve(place.path(), args).output().unwrap();
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    for point in summary["models"][0]["points"].as_array().unwrap() {
        // Two prompts, half of which end in a step as long as both halves are met.
        assert_eq!(point["prefill_tokens_per_step"], 8.0, "{point}");
        assert_eq!(point["prompts_finished_per_step"], 1.0, "{point}");
        assert!(point["most_over_noexp"][0].as_f64() > Some(1.0), "{point}");
    }
    let resolved = std::fs::read_to_string(place.path().join("out/config.resolved.ron")).unwrap();
    assert!(resolved.contains("\"chunk_tokens\": \"command line\""), "{resolved}");

    refused("replay --prefill siev", "no set of prompts is called `siev` (did you mean `sieve`?)");
    refused("replay --prompt-len 5", "--prefill <PROMPTS>");
    refused("replay --prefill sieve --chunk-tokens 0", "run.prefill: chunk_tokens: 0 is outside");
    refused("replay --prefill sieve --prompt-len 0", "constant: 0 is outside 1 to 1048576");
    refused("replay --prefill sieve --trace x.npz", "run.prefill: prompts are routed by a law");
    refused(
        "replay --batch 64 --prefill sieve --prompt-len 9000 --chunk-tokens 9000",
        "8 prompts of 9000 tokens a step; at most 65536 tokens",
    );
}
