//! Completion, manual pages and help.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::sieve;

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "powershell", "elvish"];

fn script(shell: &str) -> String {
    let output = sieve(Path::new("."), &format!("completions {shell}")).output().unwrap();
    assert!(output.status.success(), "{shell}");
    String::from_utf8(output.stdout).unwrap()
}

/// Whether a program can be run here; says so where it cannot.
#[expect(clippy::print_stdout, reason = "a helper of tests is not a test to the lint")]
fn there_is(program: &str) -> bool {
    let mut asked = Command::new(program);
    asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    let found = asked.status().is_ok();
    if !found {
        println!("skipped: there is no {program}");
    }
    found
}

/// What Bash offers once the script was read, for a line whose last word is being typed.
fn offered(place: &Path, line: &[&str]) -> Vec<String> {
    let ask = "source ./sieve.bash\n\
        COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMP_TYPE=9\n\
        _clap_complete_sieve sieve \"${COMP_WORDS[COMP_CWORD]}\" ''\n\
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let output = Command::new("bash")
        .current_dir(place)
        .args(["--norc", "-c", ask, "bash"])
        .args(line)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn every_shell_has_a_script_that_calls_the_command() {
    for shell in SHELLS {
        let script = script(shell);
        assert!(script.contains("SIEVE_COMPLETE") && script.contains("sieve"), "{shell}: {script}");
    }
}

#[test]
fn bash_completes_commands_names_and_paths() {
    if !there_is("bash") {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("sieve.bash"), script("bash")).unwrap();
    fs::write(place.path().join("own-model.ron"), "").unwrap();
    let syntax = Command::new("bash").current_dir(place.path()).args(["-n", "sieve.bash"]).status();
    assert!(syntax.unwrap().success());

    for (line, expected) in [
        (&["sieve", "rep"][..], &["replay", "report"][..]),
        (&["sieve", "sweep", "s"], &["submit", "status"]),
        (&["sieve", "replay", "--model", "gpt-oss-1"], &["gpt-oss-120b"]),
        (&["sieve", "replay", "--model", "gpt-oss-120b,olm"], &["gpt-oss-120b,olmoe-1b-7b"]),
        (&["sieve", "replay", "--model", "own"], &["own-model.ron"]),
        (&["sieve", "replay", "--kv-plac"], &["--kv-placement"]),
        (&["sieve", "replay", "--methods", "pimoe-"], &["pimoe-tp"]),
        (&["sieve", "gemv", "--device", "gddr6"], &["gddr6-aim"]),
        (&["sieve", "model", "show", "kimi"], &["kimi-k2"]),
        (&["sieve", "figure", "fig1"], &["fig1", "fig10", "fig11"]),
        (&["sieve", "presets", "show", "titan"], &["titan-v"]),
        (&["sieve", "presets", "list", "gpu"], &["gpu", "gpu-law"]),
    ] {
        assert_eq!(offered(place.path(), line), expected, "{line:?}");
    }
}

#[test]
fn manual_pages_have_their_sections() {
    let place = tempfile::tempdir().unwrap();
    sieve(place.path(), "man --out man").assert().success();
    let read = |page: &str| fs::read_to_string(place.path().join("man").join(page)).unwrap();
    let sections =
        ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "FILES"];
    for page in ["sieve.1", "sieve-replay.1", "sieve-sweep-run.1", "sieve-presets-show.1"] {
        let text = read(page);
        let shown: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
        for section in sections {
            let quoted = format!("\"{section}\"");
            assert!(
                shown.contains(&section) || shown.contains(&quoted.as_str()),
                "{page}: {shown:?}"
            );
        }
    }
    assert!(read("sieve.1").contains("sieve\\-replay(1)"));
    assert!(read("sieve-replay.1").contains("kv\\-placement"));

    if there_is("groff") {
        for entry in fs::read_dir(place.path().join("man")).unwrap() {
            let path = entry.unwrap().path();
            let output = Command::new("groff")
                .args(["-man", "-Tutf8", "-P-cbou", "-ww"])
                .arg(&path)
                .output();
            let output = output.unwrap();
            assert!(output.status.success() && output.stderr.is_empty(), "{path:?}: {output:?}");
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(text.contains("EXIT STATUS") && text.contains("RUST_LOG"), "{text}");
        }
    }
}

/// What `sieve --version` says is what identifies numbers in manifests too.
#[test]
fn the_version_is_told() {
    let said = sieve(Path::new("."), "--version").output().unwrap().stdout;
    let said = String::from_utf8(said).unwrap();
    assert!(said.starts_with(&format!("sieve {}\n", env!("CARGO_PKG_VERSION"))), "{said}");
    assert!(said.contains("points of sweeps"), "{said}");
}
