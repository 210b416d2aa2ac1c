//! Overrides: `path=value` on any typed configuration.

use std::str::FromStr;

use pim_dram::similar::{nearest, offer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::ConfigError;
use super::value::parse;

/// `path=value`. The path may leave out leading parts as long as it stays unique; the value is written as in RON. A bare
/// number keeps the unit of the value that it replaces: `timing.tFAW=30` for `ck(12)` means `ck(30)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Dotted path.
    pub path: String,
    /// Value as written.
    pub value: String,
}

impl FromStr for Assignment {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        match text.split_once('=') {
            Some((path, value)) if !path.trim().is_empty() && !value.trim().is_empty() => {
                Ok(Self { path: path.trim().to_owned(), value: value.trim().to_owned() })
            }
            _ => Err(ConfigError::NotAnAssignment { text: text.to_owned() }),
        }
    }
}

/// The configuration with the assignments made, in order. Their `sources` entries say `command line`.
///
/// # Errors
/// Unknown or ambiguous paths, and values of the wrong kind.
pub fn apply<T>(config: &T, assignments: &[Assignment]) -> Result<T, ConfigError>
where
    T: Serialize + DeserializeOwned + Clone,
{
    assignments.iter().try_fold(config.clone(), |config, assignment| apply_one(&config, assignment))
}

/// The assignments with their whole paths; of several to one path the last is kept.
///
/// # Errors
/// Unknown or ambiguous paths.
pub fn settle<T: Serialize>(
    config: &T,
    assignments: Vec<Assignment>,
) -> Result<Vec<Assignment>, ConfigError> {
    let tree = serde_json::to_value(config).unwrap_or_default();
    let mut settled: Vec<Assignment> = Vec::new();
    for Assignment { path, value } in assignments {
        let path = resolve(&tree, &path)?;
        settled.retain(|earlier| earlier.path != path);
        settled.push(Assignment { path, value });
    }
    Ok(settled)
}

/// Every path that an assignment may name in full, list items by their index.
#[must_use]
pub fn paths<T: Serialize>(config: &T) -> Vec<String> {
    let mut all = Vec::new();
    collect(&serde_json::to_value(config).unwrap_or_default(), "", &mut all);
    all
}

fn apply_one<T>(config: &T, assignment: &Assignment) -> Result<T, ConfigError>
where
    T: Serialize + DeserializeOwned,
{
    let Assignment { path, value } = assignment;
    let wrong = |says: String| ConfigError::Type { path: path.clone(), value: value.clone(), says };
    let mut tree = serde_json::to_value(config).map_err(|error| wrong(error.to_string()))?;
    let full = resolve(&tree, path)?;
    let parsed = parse(value)
        .ok_or_else(|| ConfigError::Value { path: path.clone(), value: value.clone() })?;
    if let Some(place) = tree.pointer_mut(&pointer(&full)) {
        *place = keep_unit(place, parsed);
    }
    cite(&mut tree, &full);
    serde_path_to_error::deserialize(tree)
        .map_err(|error| wrong(offered(error.inner().to_string())))
}

/// What serde says, and of a misspelt variant or field the one that was probably meant. Only its text has the names.
fn offered(says: String) -> String {
    let names: Vec<&str> = says.split('`').skip(1).step_by(2).collect();
    match names.as_slice() {
        [found, known @ ..] if says.starts_with("unknown ") => {
            let offer = offer(found, known.iter().copied());
            says + &offer
        }
        _ => says,
    }
}

fn pointer(path: &str) -> String {
    format!("/{}", path.replace('.', "/"))
}

/// The one path of the tree that ends in `path`.
fn resolve(tree: &Value, path: &str) -> Result<String, ConfigError> {
    let mut all = Vec::new();
    collect(tree, "", &mut all);
    if all.iter().any(|known| known == path) {
        return Ok(path.to_owned());
    }
    let suffix = format!(".{path}");
    let mut matches: Vec<String> =
        all.iter().filter(|known| known.ends_with(&suffix)).cloned().collect();
    match matches.len() {
        1 => Ok(matches.remove(0)),
        0 => {
            let parts = path.split('.').count();
            let tail = |known: &String| {
                let skipped = known.split('.').count().saturating_sub(parts);
                known.split('.').skip(skipped).collect::<Vec<_>>().join(".")
            };
            let tails: Vec<String> = all.iter().map(tail).collect();
            let nearest = nearest(path, tails.iter().map(String::as_str));
            let (above, known) = known_part(tree, path);
            Err(ConfigError::UnknownPath { path: path.to_owned(), nearest, above, known })
        }
        _ => Err(ConfigError::AmbiguousPath { path: path.to_owned(), matches }),
    }
}

/// The longest beginning of a path that names a record, and the fields of that record.
fn known_part(tree: &Value, path: &str) -> (String, Vec<String>) {
    let parts: Vec<&str> = path.split('.').collect();
    let beginnings = (0..parts.len()).rev().map(|count| parts[..count].join("."));
    let record = |above: String| {
        let whole = if above.is_empty() { above.clone() } else { resolve_known(tree, &above)? };
        let place = if whole.is_empty() { tree } else { tree.pointer(&pointer(&whole))? };
        let fields = place.as_object()?.keys().filter(|name| *name != "sources").cloned();
        Some((above, fields.collect()))
    };
    beginnings.into_iter().find_map(record).unwrap_or_default()
}

/// The one path of the tree that ends in `path`, if there is one.
fn resolve_known(tree: &Value, path: &str) -> Option<String> {
    let (mut all, suffix) = (Vec::new(), format!(".{path}"));
    collect(tree, "", &mut all);
    let mut ends = all.iter().filter(|known| *known == path || known.ends_with(&suffix));
    ends.next().filter(|_| ends.next().is_none()).cloned()
}

/// Every path below a value, list items by their index. `sources` are not for setting, nor is what deviations said before
/// they were settled.
fn collect(value: &Value, path: &str, all: &mut Vec<String>) {
    let items: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), field)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect()
        }
        _ => return,
    };
    for (name, item) in items.iter().filter(|(name, _)| name != "sources") {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if name != "deviations" {
            collect(item, &path, all);
        }
        all.push(path);
    }
}

/// A bare number in place of `unit(number)` takes over the unit.
fn keep_unit(old: &Value, new: Value) -> Value {
    match (old.as_object().map(|fields| fields.iter().collect::<Vec<_>>()).as_deref(), &new) {
        (Some([(unit, Value::Number(_))]), Value::Number(_)) => {
            Value::Object(Map::from_iter([((*unit).clone(), new)]))
        }
        _ => new,
    }
}

/// Enters the override as the source of the field, in the nearest `sources` above it.
fn cite(tree: &mut Value, path: &str) {
    let parts: Vec<&str> = path.split('.').collect();
    for depth in (0..parts.len()).rev() {
        let above = if depth == 0 { String::new() } else { pointer(&parts[..depth].join(".")) };
        let sources = tree.pointer_mut(&above).and_then(|group| group.get_mut("sources"));
        if let Some(Value::Object(sources)) = sources {
            sources.insert(parts[depth..].join("."), Value::from("command line"));
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use pim_dram::DeviceSpec;
    use pim_dram::spec::{Activation, Delay, Refresh};

    use super::*;

    fn set(text: &str) -> Result<DeviceSpec, ConfigError> {
        let preset = DeviceSpec::preset("sieve-hbm3e").unwrap();
        apply(&preset, &[text.parse()?])
    }

    #[track_caller]
    fn refused(text: &str, says: &str) {
        let error = set(text).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }

    #[test]
    fn values_are_written_as_in_ron() {
        assert_eq!(set("timing.tFAW=30").unwrap().timing["tFAW"], Delay::Ck(30));
        assert_eq!(set("tRFC=ck(400)").unwrap().timing["tRFC"], Delay::Ck(400));
        assert_eq!(set("refresh=none").unwrap().refresh, Refresh::None);
        assert_eq!(
            set("activation=per_bank").unwrap().pim.unwrap().activation,
            Activation::PerBank
        );
        assert_eq!(
            set("activation=ganged(2)").unwrap().pim.unwrap().activation,
            Activation::Ganged(2)
        );
        assert_eq!(set("geometry.rows=16_384").unwrap().geometry.rows, 16_384);
        assert_eq!(set("geometry.banks=16").unwrap().sources["geometry.banks"], "command line");
    }

    #[test]
    fn the_policy_is_found_on_devices_with_deviations_too() {
        let compat = crate::config::load_device("aim-compat").unwrap();
        let set = ["activation=per_bank".parse().unwrap()];
        assert_eq!(apply(&compat, &set).unwrap().pim.unwrap().activation, Activation::PerBank);
    }

    #[test]
    fn mistakes_are_named() {
        refused("tFAW", "expected path=value");
        refused("timing.tFWA=3", "did you mean `timing.tFAW`?");
        refused("activation=ganged(4", "not a value");
        refused("timing.tFWA=3", "`timing` has nBL, tCCD_L");
        refused("aktivation=all_bank", "(did you mean `activation`?); there is name, family");
        refused("activation=gangd(4)", "unknown variant `gangd`");
        refused("activation=gangd(4)", "(did you mean `ganged`?)");
        refused("tRFC=ms(4)", "expected one of `ck`, `ns`, `ps`");
        refused("geometry.banks=-3", "invalid value");
    }
}
