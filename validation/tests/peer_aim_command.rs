//! `validate peer aim`: products and instruction files.

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

fn validate(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_validate"));
    command.args(["peer"]).args(arguments);
    command
}

fn json_of(arguments: &[&str]) -> Value {
    let assert = validate(arguments).arg("--json").assert().success();
    serde_json::from_slice(&assert.get_output().stdout).expect("one JSON object")
}

fn file(text: &str) -> NamedTempFile {
    let file = NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), text).expect("written");
    file
}

/// The row of 286 cycles of the simulator.
#[test]
fn a_file_of_instructions_is_run() {
    let file = file("# one row\nWR_BIAS\nMAC_ABK 64 0 # all banks\n\nRD_MAC\nEOC\n");
    let commands = json!({ "ACT16": 1, "MAC16": 64, "RDMAC16": 1, "TMOD": 3, "WRMAC16": 1 });
    let expected = json!({ "peer": "aim", "instructions": 3, "cycles": 286, "commands": commands });
    let path = file.path().to_str().unwrap();
    assert_eq!(json_of(&["aim", "--instructions", path]), expected);
}

#[test]
fn a_product_is_run_in_the_order_that_is_asked_for() {
    let product = ["aim", "--shape", "4096x1024", "--channels", "32"];
    assert_eq!(json_of(&product)["cycles"], 2416);
    let order = ["--order", "reuse-gb:2"];
    assert_eq!(json_of(&[&product[..], &order[..]].concat())["cycles"], 2196);
}

#[test]
fn bad_input_says_where_and_what_is_allowed() {
    let file = file("WR_BIAS\nMAC_ALL 64 0\nEOC\n");
    let path = file.path().to_str().unwrap();
    let stderr = |arguments: &[&str]| {
        let assert = validate(arguments).assert().code(2);
        String::from_utf8(assert.get_output().stderr.clone()).unwrap()
    };
    let text = stderr(&["aim", "--instructions", path]);
    assert!(
        text.contains(&format!(
            "{path}:2: no instruction is called `MAC_ALL` (did you mean `MAC_ABK`?); there is WR_GB"
        )),
        "{text}"
    );
    let text = stderr(&["attacc", "--instructions", path]);
    assert!(text.contains("attacc runs no instruction streams, aim does"), "{text}");
    assert!(stderr(&["aim", "--shape", "64x64", "--channels", "0"]).contains("--channels"));
    assert!(stderr(&["aim"]).contains("--shape"));
}
