//! Every number of every shipped preset has a source, and every source a field.

use std::collections::BTreeMap;

use gpu_model::GpuSpec;
use noc::{Collectives, LinkSpec};
use pim_dram::DeviceSpec;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sieve_sched::config::RuntimeSpec;
use workloads::{GeneratorSpec, ModelSpec};

const RUNTIME: &[(&str, &str)] =
    &[("runtime", include_str!("../../sieve-sched/presets/runtime.ron"))];

/// Numbers without a source and sources without a field or a text, by path. A source covers its field and all below it.
fn unsourced(preset: &Value) -> Vec<String> {
    let mut fields = Vec::new();
    collect(preset, "", &mut fields);
    let sources: BTreeMap<String, String> =
        serde_json::from_value(preset["sources"].clone()).expect("sources are texts by path");
    let covers = |path: &str, prefix: &str| {
        prefix.is_empty()
            || path
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let numbers = fields.iter().filter(|(_, value)| value.is_number());
    let bare = numbers.filter(|(path, _)| !sources.keys().any(|prefix| covers(path, prefix)));
    let is_field = |path: &String| path.is_empty() || fields.iter().any(|(field, _)| field == path);
    let idle = sources.iter().filter(|(path, text)| !is_field(path) || text.is_empty());
    bare.map(|(path, _)| path.clone())
        .chain(idle.map(|(path, _)| format!("sources: {path}")))
        .collect()
}

/// Every field and list item with its dotted path, `sources` left out.
fn collect<'v>(value: &'v Value, path: &str, fields: &mut Vec<(String, &'v Value)>) {
    let items: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(list) => {
            list.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    for (name, value) in
        items.into_iter().filter(|(name, _)| !(path.is_empty() && name == "sources"))
    {
        let path = if path.is_empty() { name } else { format!("{path}.{name}") };
        collect(value, &path, fields);
        fields.push((path, value));
    }
}

#[track_caller]
fn check<T: Serialize + DeserializeOwned>(presets: &[(&str, &str)]) {
    assert!(!presets.is_empty());
    for (name, text) in presets {
        let spec: T = ron::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found = unsourced(&serde_json::to_value(&spec).expect("a preset is plain data"));
        assert!(found.is_empty(), "preset `{name}`: {found:?}");
    }
}

#[test]
fn devices() {
    check::<DeviceSpec>(pim_dram::spec::PRESETS);
}

#[test]
fn gpus() {
    check::<GpuSpec>(gpu_model::PRESETS);
}

#[test]
fn links() {
    check::<LinkSpec>(noc::PRESETS);
    check::<Collectives>(noc::measured::PRESETS);
}

#[test]
fn models() {
    check::<ModelSpec>(workloads::model::PRESETS);
}

#[test]
fn routing() {
    check::<GeneratorSpec>(workloads::generator::PRESETS);
}

#[test]
fn runtime() {
    check::<RuntimeSpec>(RUNTIME);
}

#[test]
fn what_is_missing_is_found() {
    let preset = json!({
        "name": "x",
        "timing": { "tRCD": { "ck": 28 }, "tRP": { "ck": 28 } },
        "time": 3,
        "pattern": [{ "window": 128 }],
        "sources": { "timing.tRCD": "a table", "tim": "nothing", "pattern.0": "" },
    });
    assert_eq!(unsourced(&preset), ["timing.tRP.ck", "time", "sources: pattern.0", "sources: tim"]);
    let covered = json!({ "name": "x", "time": 3, "sources": { "": "everything" } });
    assert_eq!(unsourced(&covered), [""; 0]);
}
