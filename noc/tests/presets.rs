//! The shipped links: they parse, they can be worked with, and every number has a source.

use noc::spec::{Finding, LinkSpec, PRESETS};

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

/// Fields are flat, so a path is a field name, or "" for all of them.
#[test]
fn every_number_has_a_source_and_every_source_a_field() {
    for (name, _) in PRESETS {
        let link = preset(name);
        let value = serde_json::to_value(&link).unwrap();
        let fields = value.as_object().unwrap();
        for (field, _) in fields.iter().filter(|(_, value)| value.is_number()) {
            let covered = link.sources.contains_key("") || link.sources.contains_key(field);
            assert!(covered, "{name}: {field} has no source");
        }
        for path in link.sources.keys().filter(|path| !path.is_empty()) {
            assert!(fields.contains_key(path), "{name}: source of `{path}`, which is no field");
        }
    }
}

#[test]
fn a_check_reports_everything_at_once() {
    let link = LinkSpec { bytes_per_s: 0, latency_ns: 2_000_000_000, ..preset("nvlink5") };
    let error = link.check().unwrap_err();
    let finding = |path: &str, says: &str| Finding { path: path.to_owned(), says: says.to_owned() };
    assert_eq!(
        error.findings,
        [
            finding("bytes_per_s", "0 is outside 1 to 18446744073709551615"),
            finding("latency_ns", "2000000000 is outside 0 to 1000000000"),
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
