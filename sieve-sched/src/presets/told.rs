//! What a preset is in one line, and what follows from its numbers.

mod hardware;
mod software;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Read;
use super::written::written;
use crate::config::{Assignment, ConfigError, apply};

pub(super) use software::sweep;

/// A quantity that follows from the values of a preset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Derived {
    /// Its name.
    pub name: String,
    /// A number.
    pub value: Value,
    /// Unit; counts have none.
    pub unit: Option<&'static str>,
    /// What it follows from.
    pub from: &'static str,
}

impl Derived {
    /// The value as RON has it, digits in groups.
    #[must_use]
    pub fn written(&self) -> String {
        written(&self.value)
    }
}

/// What a preset says of itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub(super) about: String,
    pub(super) derived: Vec<Derived>,
}

/// A type that presets are of.
pub(super) trait Shipped: Serialize + DeserializeOwned + Clone {
    /// What it is.
    ///
    /// # Errors
    /// Numbers that contradict each other.
    fn told(&self) -> Result<Told, String>;
}

/// A preset that was loaded, with changes made.
pub(super) fn of<T: Shipped>(
    loaded: Result<T, ConfigError>,
    changes: &[Assignment],
) -> Result<Read, ConfigError> {
    let changed = apply(&loaded?, changes)?;
    let tree =
        serde_json::to_value(&changed).map_err(|error| ConfigError::Invalid(error.to_string()))?;
    Ok(Read { tree, told: changed.told().map_err(ConfigError::Invalid)? })
}

/// Of kinds from which nothing follows.
fn plain(about: String) -> Told {
    Told { about, derived: Vec::new() }
}

fn derived(
    name: &str,
    value: impl Into<Value>,
    unit: Option<&'static str>,
    from: &'static str,
) -> Derived {
    Derived { name: name.to_owned(), value: value.into(), unit, from }
}

/// With a prefix of thousands, three digits.
fn si(value: f64, unit: &str) -> String {
    const PREFIXES: [&str; 6] = ["", "k", "M", "G", "T", "P"];
    let (mut value, mut at) = (value, 0);
    while value >= 1000.0 && at + 1 < PREFIXES.len() {
        value /= 1000.0;
        at += 1;
    }
    let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    let text = format!("{value:.decimals$}");
    let text = if decimals > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} {}{unit}", PREFIXES[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_have_prefixes() {
        for (value, text) in [
            (800.0, "800 B"),
            (8e12, "8 TB"),
            (2.25e15, "2.25 PB"),
            (103_079_215_104.0, "103 GB"),
            (30.5e9, "30.5 GB"),
            (1e18, "1000 PB"),
        ] {
            assert_eq!(si(value, "B"), text);
        }
    }
}
