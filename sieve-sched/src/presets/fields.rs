//! A typed value as a list of fields: path, value, unit, and the source with the longest path.

use serde::Serialize;
use serde_json::{Map, Value};

use super::units;
use super::written::written;

/// One value of a preset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    /// Dotted path, as after `--set`.
    pub path: String,
    /// A number, name or list; an item of a list of records is one value.
    pub value: Value,
    /// Unit; counts and names have none.
    pub unit: Option<&'static str>,
    /// Where it comes from: what the longest path in `sources` that leads to it says.
    pub source: Option<String>,
}

impl Field {
    /// The value as RON has it, digits in groups.
    #[must_use]
    pub fn written(&self) -> String {
        written(&self.value)
    }
}

/// All values of a tree, in its order. Sources are told with what they are of.
pub(super) fn of(tree: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    collect(tree, "", false, &[], &mut fields);
    fields
}

/// A `sources` map, or the one `source` of a file, and the path of the record that has it.
#[derive(Clone, Copy)]
struct Sources<'t> {
    at: &'t str,
    says: &'t Value,
}

/// `above` are the sources of records around the value, the nearest last; `held` says that a variant holds it, as its fields.
fn collect(value: &Value, path: &str, held: bool, above: &[Sources<'_>], fields: &mut Vec<Field>) {
    match value {
        Value::Object(record) if held || !is_leaf(record) => {
            let own = ["sources", "source"].iter().find_map(|name| record.get(*name));
            let own = own.map(|says| Sources { at: path, says });
            let above: Vec<Sources<'_>> = above.iter().copied().chain(own).collect();
            let parts =
                record.iter().filter(|(name, _)| !matches!(name.as_str(), "sources" | "source"));
            for (name, part) in parts {
                let held = record.len() == 1 && !path.is_empty() && part.is_object();
                collect(part, &below(path, name), held, &above, fields);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            let of = |(at, item): (usize, &Value)| field(item, below(path, &at.to_string()), above);
            fields.extend(items.iter().enumerate().map(of));
        }
        _ => fields.push(field(value, path.to_owned(), above)),
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// `name(value)` of an enum, which is one value.
fn is_leaf(record: &Map<String, Value>) -> bool {
    record.is_empty()
        || (record.len() == 1 && record.values().all(|v| !v.is_object() && !v.is_array()))
}

fn field(value: &Value, path: String, above: &[Sources<'_>]) -> Field {
    let source = above.iter().rev().find_map(|sources| source(*sources, &path));
    let carried = value.as_object().filter(|record| is_leaf(record)).and_then(|record| {
        let (name, inner) = record.iter().next()?;
        Some((units::carried(name)?, inner))
    });
    let (unit, value) = match carried {
        Some((unit, inner)) => (Some(unit), inner),
        None if value.is_number() => (path.rsplit('.').next().and_then(units::of), value),
        None => (None, value),
    };
    Field { value: value.clone(), unit, source, path }
}

/// What the longest path in `sources` that leads to `path` says.
fn source(sources: Sources<'_>, path: &str) -> Option<String> {
    let Value::Object(says) = sources.says else {
        return sources.says.as_str().map(str::to_owned);
    };
    let own = path.strip_prefix(sources.at)?.trim_start_matches('.');
    let leads = |prefix: &str| {
        own.strip_prefix(prefix)
            .is_some_and(|rest| prefix.is_empty() || rest.is_empty() || rest.starts_with('.'))
    };
    let longest =
        says.iter().filter(|(prefix, _)| leads(prefix)).max_by_key(|(prefix, _)| prefix.len());
    longest.and_then(|(_, text)| text.as_str()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field_of(tree: &Value, path: &str) -> Field {
        of(tree).into_iter().find(|field| field.path == path).expect("the path is there")
    }

    #[test]
    fn the_longest_path_says_where_a_number_comes_from() {
        let tree = json!({
            "name": "x",
            "link": {
                "rate": {"bytes_per_s": 50_000, "lanes": 4},
                "ratemaker": 1,
                "sources": {"": "all", "rate": "data sheet", "rate.lanes": "guess"},
            },
            "other": 3,
        });
        let source = |path| field_of(&tree, path).source;
        assert_eq!(source("link.rate.lanes"), Some("guess".to_owned()));
        assert_eq!(source("link.rate.bytes_per_s"), Some("data sheet".to_owned()));
        assert_eq!(source("link.ratemaker"), Some("all".to_owned()));
        assert_eq!(source("other"), None);
        let rate = field_of(&tree, "link.rate.bytes_per_s");
        assert_eq!((rate.unit, rate.written().as_str()), (Some("B/s"), "50_000"));
    }

    #[test]
    fn values_are_written_as_after_set() {
        let tree = json!({
            "refresh": "none",
            "tRFC": {"ns": 400},
            "activation": {"ganged": 4},
            "law": {"gengamma": {"shape": 0.5, "power": 2}},
            "items": [{"name": "a", "span": {"sliding": 128}}, {"name": "b", "span": "full"}],
            "plain": [1, 2],
            "nothing": null,
        });
        let values: Vec<_> =
            of(&tree).iter().map(|f| (f.path.clone(), f.written(), f.unit)).collect();
        let expected = [
            ("refresh", "none", None),
            ("tRFC", "400", Some("ns")),
            ("activation", "ganged(4)", None),
            ("law.gengamma.shape", "0.5", None),
            ("law.gengamma.power", "2", None),
            ("items.0", "(name: a, span: sliding(128))", None),
            ("items.1", "(name: b, span: full)", None),
            ("plain", "[1, 2]", None),
            ("nothing", "None", None),
        ];
        let expected =
            expected.map(|(path, value, unit)| (path.to_owned(), value.to_owned(), unit));
        assert_eq!(values, expected);
    }
}
