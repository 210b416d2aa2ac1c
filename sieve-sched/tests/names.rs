//! Names that nothing has: every message offers the nearest one and lists what there is.

use crate::common::sieve;

/// Arguments, and what the message has to say.
const MISSPELT: &[(&str, &[&str])] = &[
    // Presets.
    ("replay --model qwen3-30b-a3", &["no model is called", "`qwen3-30b-a3b`", "gpt-oss-120b"]),
    ("replay --model QWEN3-30B-A3B", &["did you mean `qwen3-30b-a3b`?"]),
    ("replay --system b200-hbm-pin", &["no system is called", "`b200-hbm-pim`"]),
    ("replay --synthetic qwen3-divers", &["no routing is called", "`qwen3-diverse`", "uniform"]),
    ("replay --prefill siev", &["no set of prompts is called", "`sieve`"]),
    (
        "replay --gpu-law rooflin",
        &["no GPU law is called", "did you mean `roofline`?", "b200-vllm"],
    ),
    ("replay --gpu-law b200-vlm", &["did you mean `b200-vllm`?", "calibrated"]),
    ("replay --link-law mesured", &["did you mean `measured`?", "paper", "h100"]),
    ("gemv --shape 8x8 --device gddr6-ami", &["no device is called", "did you mean `gddr6-aim`?"]),
    ("dram --trace x --controller strickt", &["no controller is called", "did you mean `strict`?"]),
    ("dram --trace x --mapper interleavd", &["no mapper is called", "did you mean `interleaved`?"]),
    ("dram --trace x --policy fr-fcfss", &["no policy is called", "`fr-fcfs`?", "closed-cap:N"]),
    ("links time --link nvlink6", &["no link is called", "did you mean `nvlink5`?", "nvlink4"]),
    ("links time --collectives b20", &["no set of collectives is called", "did you mean `b200`?"]),
    ("calibrate gpu x.csv --gpu h20", &["no GPU is called", "did you mean `h200`?", "titan-v"]),
    (
        "calibrate gpu x.csv --format mxfp5",
        &["no format is called", "did you mean `mxfp4`?", "bf16"],
    ),
    ("sweep run bank-confg --out x", &["no sweep is called", "`bank-config`?", "replay"]),
    ("figure fig99", &["no figure is called `fig99`", "did you mean `fig9`?", "optimality"]),
    ("model show gpt-oss-21b", &["no model is called", "did you mean `gpt-oss-20b`?"]),
    ("placement --model mixtral-8x9b", &["did you mean `mixtral-8x7b`?"]),
    ("presets show qwen3-nex", &["no preset is called", "did you mean `qwen3-next`?", "--kind"]),
    ("presets show b201 --kind gpu", &["no GPU is called", "did you mean `b200`?"]),
    ("presets show b200", &["--kind gpu or --kind collectives"]),
    // Words.
    ("replay --methods sieve,pimo", &["no method is called `pimo`", "`pimoe`?", "gpu-only, noexp"]),
    ("replay --placement balancd", &["balancd", "did you mean `balanced`?", "permuted"]),
    ("replay --placement balancd+2", &["did you mean `balanced`?"]),
    ("replay --kv-len weibul(1,2,3)", &["did you mean `weibull`?", "lognormal(1045, 0.9, 7930)"]),
    ("replay --prefill sieve --prompt-len lognorml(1)", &["did you mean `lognormal`?"]),
    (
        "replay --arbitration pim-frist",
        &["no arbitration (did you mean `pim-first`?)", "batched:N"],
    ),
    (
        "replay --kv-placement blok",
        &["unknown variant `blok`", "did you mean `block`?", "`request`"],
    ),
    (
        "replay --activation all_bnak",
        &["unknown variant", "did you mean `all_bank`?", "`per_bank`"],
    ),
    ("replay --refresh same-bnk", &["unknown variant", "did you mean `same_bank`?", "`none`"]),
    ("gemv --shape 8x8 --order row-opn", &["no loop order", "`row-open`?", "output-stationary"]),
    (
        "trace stats x.npz --format parqet",
        &["no format is called", "did you mean `parquet`?", "npz"],
    ),
    (
        "routing fit published --family dirichlet --rows Qwen3-30B-A3",
        &["did you mean", "published are"],
    ),
    // Paths.
    ("replay --set tFWA=3", &["no such field", "did you mean `tFAW`?", "there is system, model"]),
    (
        "replay --set system.gpuu.name=x",
        &["did you mean `system.gpu.name`?", "`system` has name, gpu"],
    ),
    (
        "gemv --shape 8x8 --set timing.tRDC=3",
        &["did you mean `timing.tRCD`?", "`timing` has nBL, tCCD_L"],
    ),
    (
        "device --device aim-compat --set geometry.bank=8",
        &["`geometry.banks`?", "`geometry` has channels"],
    ),
    // Columns, axes, sweeps and fields of files.
    (
        "sweep pareto table.csv --metrics tim_ns:min",
        &["no column `tim_ns`", "`time_ns`?", "energy_pj"],
    ),
    ("sweep run axis.ron --out x", &["axes: geometry.bankz: no such field", "`geometry.banks`?"]),
    (
        "sweep run skip.ron --out x",
        &["`geometry.bankz` is no axis", "did you mean `geometry.banks`?"],
    ),
    ("sweep run level.ron --out x", &["level.ron", "`shap`", "did you mean `shape`?"]),
    ("sweep run method.ron --out x", &["level: method=siev", "did you mean `sieve`?", "gpu-only"]),
    (
        "gemv --shape 8x8 --device family.ron",
        &["no family is called `newtn`", "`newton`?", "attacc"],
    ),
    ("gemv --shape 8x8 --device field.ron", &["field.ron:", "`basd_on`"]),
    // Sub-commands and options, which the parser knows.
    ("replya", &["similar subcommand", "'replay'"]),
    ("sweep pareot x", &["similar subcommand", "'pareto'"]),
    ("gemv --shpe 8x8", &["similar argument", "'--shape'"]),
    ("timeline dram --shape 8x8 --out x --format perfeto", &["similar value", "'perfetto'"]),
    ("presets list modl", &["similar value", "'model'"]),
    ("completions bsh", &["similar value", "'bash'"]),
];

const FILES: &[(&str, &str)] = &[
    ("x.csv", "device\n"),
    ("table.csv", "time_ns,energy_pj\n1,2\n"),
    ("axis.ron", "(level: gemv(shape: \"8x8\"), axes: [{\"geometry.bankz\": [8]}])"),
    (
        "skip.ron",
        "(level: gemv(shape: \"8x8\"), axes: [{\"geometry.banks\": [8]}], \
         skip: [(when: {\"geometry.bankz\": [8]}, because: \"x\")])",
    ),
    ("level.ron", "(level: gemv(shap: \"8x8\"), axes: [])"),
    ("method.ron", "(level: replay(model: \"gpt-oss-20b\", method: \"siev\", batch: 1), axes: [])"),
    ("field.ron", "(\n    name: \"x\",\n    basd_on: \"newton-hbm2\",\n)"),
];

#[test]
fn the_nearest_name_is_offered_with_what_there_is() {
    let place = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        std::fs::write(place.path().join(name), text).unwrap();
    }
    let device = std::fs::read_to_string("../pim-dram/presets/newton-hbm2.ron").unwrap();
    let device = device.replace("family: \"newton\"", "family: \"newtn\"");
    std::fs::write(place.path().join("family.ron"), device).unwrap();
    let mut failures = Vec::new();
    for (args, words) in MISSPELT {
        let output = sieve(place.path(), args).env("RUST_LOG", "error").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let missing: Vec<_> = words.iter().filter(|word| !said.contains(**word)).collect();
        if output.status.code() != Some(2) || !missing.is_empty() || !output.stdout.is_empty() {
            failures.push(format!("sieve {args}\n  lacks {missing:?}: {said}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    // Nothing was left half-written.
    assert!(!place.path().join("x").exists());
}
