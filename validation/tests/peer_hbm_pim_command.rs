//! `validate peer hbm-pim`: elementwise kernels.

use assert_cmd::Command;
use serde_json::{Value, json};

fn validate(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_validate"));
    command.args(["peer"]).args(arguments);
    command
}

/// Four tiles on one pseudo-channel: eight reads and eight writes of either half of the banks, two operands.
#[test]
fn a_kernel_is_run() {
    let kernel = ["hbm-pim", "--kernel", "add", "--elements", "8192", "--channels", "1"];
    let assert = validate(&kernel).args(["--refresh", "off", "--json"]).assert().success();
    let found: Value = serde_json::from_slice(&assert.get_output().stdout).expect("one object");
    assert_eq!(found["kernel"], "add");
    assert_eq!(found["elements"], 8192);
    assert_eq!(found["commands"]["RD"], json!(4 * 32 + 32));
    assert_eq!(found["commands"]["WR"], json!(4 * 16 + 9));
}

#[test]
fn bad_input_says_what_is_allowed() {
    let stderr = |arguments: &[&str]| {
        let assert = validate(arguments).assert().code(2);
        String::from_utf8(assert.get_output().stderr.clone()).expect("text")
    };
    let text = stderr(&["attacc", "--kernel", "add", "--elements", "64"]);
    assert!(text.contains("attacc runs no elementwise kernels, hbm-pim does"), "{text}");
    let text = stderr(&["hbm-pim", "--kernel", "max", "--elements", "64"]);
    assert!(text.contains("there is add, mul, relu"), "{text}");
    let text = stderr(&["hbm-pim", "--kernel", "mul", "--elements", "67108865"]);
    assert!(text.contains("67108864 fit"), "{text}");
    assert!(stderr(&["hbm-pim", "--kernel", "add"]).contains("--elements"));
}
