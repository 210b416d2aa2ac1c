//! The shipped GPUs: they parse, they can be worked with, and every number has a source.

use gpu_model::spec::{Finding, GpuSpec, PRESETS};

fn preset(name: &str) -> GpuSpec {
    let (_, text) = PRESETS.iter().find(|(known, _)| *known == name).expect("a preset");
    ron::from_str(text).expect("a preset parses")
}

#[test]
fn presets_have_the_name_they_are_filed_under_and_pass_their_checks() {
    for (name, _) in PRESETS {
        let gpu = preset(name);
        assert_eq!(gpu.name, *name);
        assert_eq!(gpu.check(), Ok(()));
    }
}

/// Fields are flat, so a path is a field name, or "" for all of them.
#[test]
fn every_number_has_a_source_and_every_source_a_field() {
    for (name, _) in PRESETS {
        let gpu = preset(name);
        let value = serde_json::to_value(&gpu).unwrap();
        let fields = value.as_object().unwrap();
        for (field, _) in fields.iter().filter(|(_, value)| value.is_number()) {
            let covered = gpu.sources.contains_key("") || gpu.sources.contains_key(field);
            assert!(covered, "{name}: {field} has no source");
        }
        for path in gpu.sources.keys().filter(|path| !path.is_empty()) {
            assert!(fields.contains_key(path), "{name}: source of `{path}`, which is no field");
        }
    }
}

#[test]
fn a_check_reports_everything_at_once() {
    let gpu = GpuSpec { peak_flops_per_s: 0, hbm_capacity_bytes: 0, ..preset("b200") };
    let error = gpu.check().unwrap_err();
    let says = || "0 is below 1".to_owned();
    assert_eq!(
        error.findings,
        [
            Finding { path: "peak_flops_per_s".to_owned(), says: says() },
            Finding { path: "hbm_capacity_bytes".to_owned(), says: says() },
        ]
    );
    assert_eq!(
        error.to_string(),
        "gpu `b200` is not usable: peak_flops_per_s: 0 is below 1; hbm_capacity_bytes: 0 is below 1"
    );
    assert_eq!(gpu_model::Roofline::new(&gpu), Err(error));
}

#[test]
fn an_unknown_field_is_refused() {
    let (_, text) = PRESETS.first().unwrap();
    let misspelt = text.replace("hbm_bytes_per_s", "hbm_byte_per_s");
    let error = ron::from_str::<GpuSpec>(&misspelt).unwrap_err();
    assert!(error.to_string().contains("hbm_byte_per_s"), "{error}");
}
