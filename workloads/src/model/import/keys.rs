//! The keys of a `config.json`, with a record of which were used.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::family::{By, Family};

/// Keys of the language model: its own object, then the one around it, then the defaults of the family. What is missing or
/// of another type is noted, and read as the type's zero.
pub(super) struct Keys<'a> {
    origin: &'a str,
    family: &'static Family,
    objects: Vec<&'a Map<String, Value>>,
    used: Vec<String>,
    problems: Vec<String>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(
        origin: &'a str,
        family: &'static Family,
        root: &'a Map<String, Value>,
    ) -> Self {
        let whole = root.get("model_type").and_then(Value::as_str) == Some(family.model_type);
        let nested = family.nested && whole;
        let inner = nested.then(|| root.get("text_config").and_then(Value::as_object));
        let mut keys = Self {
            origin,
            family,
            objects: inner.flatten().into_iter().chain([root]).collect(),
            used: Vec::new(),
            problems: Vec::new(),
        };
        if inner == Some(None) {
            keys.problem("text_config", "is missing or no object");
        }
        keys
    }

    /// A value that must be there.
    pub(super) fn get<T: DeserializeOwned + Default>(&mut self, key: &str) -> T {
        self.required(key).unwrap_or_default()
    }

    /// A value that must be there; `None` once something is noted of it.
    pub(super) fn required<T: DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        let value = self.optional(key);
        let of_key = |problem: &String| problem.starts_with(&format!("{key}: "));
        if value.is_none() && !self.problems.iter().any(of_key) {
            self.problem(key, "is missing");
        }
        value
    }

    /// A value that may be absent or null.
    pub(super) fn optional<T: DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        let written = self.objects.iter().find_map(|object| object.get(key)).cloned();
        let (value, note) = match written {
            Some(value) => (value, key.to_owned()),
            None => {
                let default = self.family.defaults.iter().find(|default| default.key == key)?;
                let by = match default.by {
                    By::Class => format!("the default of transformers {}", self.family.class),
                    By::Other(by) => by.to_owned(),
                };
                let note = format!("{key} {}, {by}", default.value);
                (serde_json::from_str(default.value).unwrap_or_default(), note)
            }
        };
        self.note(note);
        serde_json::from_value(value).unwrap_or_else(|error| {
            self.problem(key, &error.to_string());
            None
        })
    }

    /// Adds to where values come from, once.
    pub(super) fn note(&mut self, note: String) {
        if !self.used.contains(&note) {
            self.used.push(note);
        }
    }

    /// Notes something that cannot be used, once.
    pub(super) fn problem(&mut self, key: &str, says: &str) {
        let problem = format!("{key}: {says}");
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Where the values read since the last call come from.
    pub(super) fn cite(&mut self) -> String {
        format!("{}: {}", self.origin, std::mem::take(&mut self.used).join(", "))
    }

    /// Everything that was wrong, once something was.
    pub(super) fn problems(&self) -> Option<Vec<String>> {
        (!self.problems.is_empty()).then(|| self.problems.clone())
    }
}
