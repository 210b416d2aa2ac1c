//! The `validate` command: what it prints and how it exits.

use assert_cmd::Command;
use serde_json::Value;

fn validate(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_validate"));
    command.args(arguments);
    command
}

#[test]
fn json_is_one_object_with_the_documented_keys() {
    let assert =
        validate(&["--only", "activation,r8.gpt-oss-120b.ganged4", "--json"]).assert().success();
    let value: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let claims = value["claims"].as_array().unwrap();
    assert_eq!(value.as_object().unwrap().len(), 1);
    for claim in claims {
        let keys: Vec<_> = claim.as_object().unwrap().keys().map(String::as_str).collect();
        let documented = [
            "id",
            "tier",
            "source",
            "published",
            "ours",
            "difference",
            "tolerance",
            "status",
            "verdict",
        ];
        assert_eq!(keys, documented);
        assert_eq!(claim["verdict"], "holds");
    }
    assert_eq!(claims.len(), 4);
    assert_eq!(claims[0]["published"], 138.0);
    assert_eq!(claims[0]["ours"], 138.0);
    assert_eq!(claims[3]["published"], serde_json::json!([1.8, 4.2]));
}

#[test]
fn a_known_gap_is_shown_and_does_not_fail() {
    let assert = validate(&["--only", "table1.nominal"]).assert().success();
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(text.contains("gap as known"), "{text}");
    assert!(text.contains("1 claims: 0 holds, 0 misses, 1 gap as known"), "{text}");
}

#[test]
fn an_unknown_claim_is_bad_input_and_the_nearest_is_named() {
    let assert = validate(&["--only", "activation.all_bonk"]).assert().code(2);
    let text = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(text.contains("did you mean `activation.all_bank`?"), "{text}");
    assert!(assert.get_output().stdout.is_empty());
}

#[test]
fn traffic_is_measured_for_each_device_and_arbitration() {
    let assert = validate(&["traffic", "--json"]).assert().success();
    let value: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let points = value["traffic"].as_array().unwrap();
    let arbitrations: Vec<_> = points.iter().map(|point| point["arbitration"].as_str()).collect();
    let each = ["pim-first", "host-first", "batched:64"].map(Some);
    assert_eq!(arbitrations, each.repeat(3));
    // One row buffer, pim first: the host waits, and one side follows the other.
    assert_eq!(points[0]["units"], points[0]["units_alone"]);
    assert_eq!(points[0]["units_slow_down"], 1.0);
    assert!(points[0]["stream_slow_down"].is_null());
    assert_eq!(points[0]["turnarounds"], 654);
}

#[test]
fn data_that_is_not_there_is_bad_input_and_what_makes_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("balance.csv");
    let assert = validate(&["balance", "--data", data.to_str().unwrap()]).assert().code(2);
    let text = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(text.contains("balance.csv: is not there; `--measure` makes it"), "{text}");

    std::fs::write(
        &data,
        "model,batch,parameter,value,method,inputs,step_us,slowest_gpu_wait_us\n",
    )
    .unwrap();
    let page = folder.path().join("page.md");
    let arguments = ["balance", "--data", data.to_str().unwrap(), "--write-docs"];
    let mut arguments = arguments.to_vec();
    arguments.push(page.to_str().unwrap());
    let assert = validate(&arguments).assert().code(2);
    let text = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(text.contains("balance.csv: 90 of 90 results are not in the data"), "{text}");
    assert!(!page.exists());
}

#[test]
fn options_of_studies_that_contradict_each_other_are_refused() {
    let data = ["sensitivity", "--data", "data.csv"];
    for more in [&["--afresh"][..], &["--check-sample", "0"], &["--measure", "--check-sample", "2"]]
    {
        validate(&[&data, more].concat()).assert().code(2);
    }
}

#[test]
fn a_page_that_cannot_be_written_is_refused_before_anything_is_measured() {
    for subject in [&[][..], &["quirks"], &["traffic"], &["newton"]] {
        let arguments = [subject, &["--write-docs", "not-there/page.md"]].concat();
        let assert = validate(&arguments).assert().code(2);
        let says = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(says.contains("not-there/page.md: cannot be written"), "{says}");
    }
}
