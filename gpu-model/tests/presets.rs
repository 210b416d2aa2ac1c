//! The shipped GPUs: they parse, they can be worked with, and every number has a source.

use gpu_model::spec::{Finding, GpuSpec, PRESETS};
use serde_json::Value;

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

/// Paths of all numbers.
fn numbers(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, field)| {
            numbers(field, &[path, name].join(if path.is_empty() { "" } else { "." }), found);
        }),
        Value::Number(_) => found.push(path.to_owned()),
        _ => {}
    }
}

#[test]
fn every_number_has_a_source_and_every_source_a_number() {
    for (name, _) in PRESETS {
        let gpu = preset(name);
        let mut paths = Vec::new();
        numbers(&serde_json::to_value(&gpu).unwrap(), "", &mut paths);
        for path in &paths {
            // What holds for the data sheet as a whole does not for energy.
            let covers = |source: &String| {
                path.starts_with(source) && !(source.is_empty() && path.contains('.'))
            };
            assert!(gpu.sources.keys().any(covers), "{name}: {path} has no source");
        }
        for source in gpu.sources.keys() {
            let used = paths.iter().any(|path| path.starts_with(source));
            assert!(used, "{name}: source of `{source}`, which is no number");
        }
    }
}

/// Everything at its peak rate, HBM apart, leaves HBM its share of the thermal design power: 3.59 pJ a bit (O'Connor et al.,
/// MICRO'17, as in `sieve-hbm3e`).
#[test]
fn a_fully_busy_gpu_stays_below_its_thermal_design_power() {
    for (name, _) in PRESETS {
        let gpu = preset(name);
        let Some(energy) = gpu.energy else { continue };
        let bytes = gpu.hbm_bytes_per_s as f64;
        let compute = 1e-12 * energy.flop_pj * gpu.peak_flops_per_s as f64;
        let moved = 1e-12 * (energy.on_chip_pj_per_byte + 8.0 * 3.59) * bytes;
        let share = (energy.static_w + compute + moved) / energy.limit_w;
        assert!((0.4..1.0).contains(&share), "{name}: {share:.2} of its thermal design power");
    }
}

#[test]
fn a_check_reports_everything_at_once() {
    let mut gpu = GpuSpec { peak_flops_per_s: 0, hbm_capacity_bytes: 0, ..preset("b200") };
    gpu.energy.as_mut().unwrap().static_w = 0.0;
    let error = gpu.check().unwrap_err();
    let says = || "0 is below 1".to_owned();
    assert_eq!(
        error.findings,
        [
            Finding { path: "peak_flops_per_s".to_owned(), says: says() },
            Finding { path: "hbm_capacity_bytes".to_owned(), says: says() },
            Finding {
                path: "energy.static_w".to_owned(),
                says: "0 is not above 0 and at most 1000000".to_owned(),
            },
        ]
    );
    assert_eq!(
        error.to_string(),
        "gpu `b200` is not usable: peak_flops_per_s: 0 is below 1; hbm_capacity_bytes: 0 is below 1; energy.static_w: 0 is not above 0 and at most 1000000"
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
