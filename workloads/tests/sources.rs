//! Every number of a preset says where it comes from.

use std::collections::BTreeMap;

use serde_json::Value;
use workloads::prefill::{self, PrefillSpec};
use workloads::{GeneratorSpec, ModelSpec, generator, model};

/// Dotted paths of everything below a value, numbers apart from the rest.
fn walk(value: &Value, path: &str, numbers: &mut Vec<String>, others: &mut Vec<String>) {
    let at = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    if value.is_number() { &mut *numbers } else { &mut *others }.push(path.to_owned());
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| walk(value, &at(key), numbers, others));
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| walk(value, &at(&index.to_string()), numbers, others)),
        _ => {}
    }
}

fn covers(prefix: &str, path: &str) -> bool {
    prefix.is_empty()
        || path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What is wrong with the sources of a description.
fn faults(mut spec: Value) -> Vec<String> {
    let sources = spec.as_object_mut().unwrap().remove("sources").unwrap();
    let sources: BTreeMap<String, String> = serde_json::from_value(sources).unwrap();
    let (mut numbers, mut others) = (Vec::new(), Vec::new());
    walk(&spec, "", &mut numbers, &mut others);
    let bare = numbers.iter().filter(|path| !sources.keys().any(|prefix| covers(prefix, path)));
    let stray = sources.keys().filter(|key| !numbers.contains(key) && !others.contains(key));
    bare.map(|path| format!("{path} has no source"))
        .chain(stray.map(|key| format!("source of {key}, which is no field")))
        .collect()
}

#[test]
fn every_number_of_a_preset_has_a_source() {
    for (name, _) in model::PRESETS {
        let spec = serde_json::to_value(ModelSpec::preset(name).unwrap()).unwrap();
        assert_eq!(faults(spec), [""; 0], "{name}");
    }
    for (name, _) in generator::PRESETS {
        let spec = serde_json::to_value(GeneratorSpec::preset(name).unwrap()).unwrap();
        assert_eq!(faults(spec), [""; 0], "{name}");
    }
}

#[test]
fn every_number_of_a_prefill_preset_has_a_source() {
    for (name, _) in prefill::PRESETS {
        let spec = PrefillSpec::preset(name).unwrap();
        assert_eq!((spec.name.as_str(), spec.check()), (*name, Ok(())));
        assert_eq!(faults(serde_json::to_value(spec).unwrap()), [""; 0], "{name}");
    }
}

#[test]
fn missing_and_stray_sources_are_found() {
    let mut spec = GeneratorSpec::preset("qwen3").unwrap();
    spec.sources = BTreeMap::from([("popularity.dir".into(), "nowhere".into())]);
    assert_eq!(
        faults(serde_json::to_value(spec).unwrap()),
        ["popularity.dirichlet.shape has no source", "source of popularity.dir, which is no field"]
    );
}
