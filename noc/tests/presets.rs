//! The shipped links: they parse, they can be worked with, and every number has a source.

use noc::spec::{BetweenDomains, Finding, LinkSpec, PRESETS};
use serde_json::Value;

fn preset(name: &str) -> LinkSpec {
    let (_, text) = PRESETS.iter().find(|(known, _)| *known == name).expect("a preset");
    ron::from_str(text).expect("a preset parses")
}

#[test]
fn presets_have_the_name_they_are_filed_under_and_pass_their_checks() {
    for (name, _) in PRESETS {
        let link = preset(name);
        assert_eq!(link.name, *name);
        assert_eq!(link.check(), Ok(()));
    }
}

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
        let link = preset(name);
        let mut paths = Vec::new();
        numbers(&serde_json::to_value(&link).unwrap(), "", &mut paths);
        for path in &paths {
            let covered = link.sources.keys().any(|source| path.starts_with(source));
            assert!(covered, "{name}: {path} has no source");
        }
        for source in link.sources.keys() {
            let used = paths.iter().any(|path| path.starts_with(source));
            assert!(used, "{name}: source of `{source}`, which is no number");
        }
    }
}

#[test]
fn a_check_reports_everything_at_once() {
    let between = BetweenDomains {
        gpus_per_domain: 0,
        bytes_per_s: 1,
        latency_ns: 2_000_000_000,
        pj_per_bit: Some(f64::NAN),
    };
    let link = LinkSpec {
        bytes_per_s: 0,
        pj_per_bit: Some(0.0),
        between_domains: Some(between),
        ..preset("nvlink5")
    };
    let error = link.check().unwrap_err();
    let finding = |path: &str, says: &str| Finding { path: path.to_owned(), says: says.to_owned() };
    assert_eq!(
        error.findings,
        [
            finding("bytes_per_s", "0 is outside 1 to 18446744073709551615"),
            finding("between_domains.gpus_per_domain", "0 is outside 1 to 4294967295"),
            finding("between_domains.latency_ns", "2000000000 is outside 0 to 1000000000"),
            finding("pj_per_bit", "0 is not above 0 and at most 1000000"),
            finding("between_domains.pj_per_bit", "NaN is not above 0 and at most 1000000"),
        ]
    );
    assert_eq!(noc::IdealLink::new(&link), Err(error));
}

#[test]
fn an_unknown_field_is_refused() {
    let (_, text) = PRESETS.first().unwrap();
    let misspelt = text.replace("latency_ns", "latency_us");
    let error = ron::from_str::<LinkSpec>(&misspelt).unwrap_err();
    assert!(error.to_string().contains("latency_us"), "{error}");
}
