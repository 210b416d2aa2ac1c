//! A sweep as a user writes it.

use std::fmt;
use std::marker::PhantomData;

use ron::value::RawValue;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use super::SWEEPS;
use super::error::SweepError;
use super::level::Level;
use crate::config::{parse, parse_value, text_of};

/// A base and what varies over it.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// What a point computes, and its base.
    pub level: Level,
    /// Path -> value of fields that all points have otherwise than the base.
    #[serde(default)]
    pub set: Pairs<Written>,
    /// What varies, the last axis fastest: path -> values. Several paths of one axis vary together.
    pub axes: Vec<Pairs<Vec<Written>>>,
    /// Combinations that are left out.
    #[serde(default)]
    pub skip: Vec<Skip>,
}

/// A filter.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// Path of an axis -> values; the filter holds where every path has one of its values.
    pub when: Pairs<Vec<Written>>,
    /// Why such points are left out, for the results.
    pub because: String,
}

impl Sweep {
    /// A shipped sweep or a file, and its text.
    ///
    /// # Errors
    /// Unknown names, unreadable files, and text that does not parse.
    pub fn load(name: &str) -> Result<(Self, String), SweepError> {
        let text = text_of("sweep", name, SWEEPS)?;
        Ok((parse(name, &text)?, text))
    }
}

/// A value as it is written in RON, or after `--set path=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written(pub String);

impl Written {
    /// For tables: without quotes.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.value() {
            Some(Value::String(text)) => text,
            _ => self.0.clone(),
        }
    }

    /// What it stands for; `None` where it is nothing that a field could be.
    pub(super) fn value(&self) -> Option<Value> {
        parse_value(&self.0)
    }

    /// Whether two spellings mean the same.
    pub(super) fn means(&self, other: &Self) -> bool {
        self.0 == other.0 || self.value().is_some_and(|value| Some(value) == other.value())
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(raw.trim().get_ron().to_owned()))
    }
}

/// A map that keeps its order; a key that stands there twice is an error.
#[derive(Clone, Debug)]
pub struct Pairs<V>(pub Vec<(String, V)>);

impl<V> Default for Pairs<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Pairs<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor(PhantomData))
    }
}

struct PairsVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for PairsVisitor<V> {
    type Value = Pairs<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of paths, such as {\"geometry.banks\": ...}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs: Vec<(String, V)> = Vec::new();
        while let Some((path, value)) = map.next_entry()? {
            if pairs.iter().any(|(earlier, _)| *earlier == path) {
                return Err(A::Error::custom(format!("`{path}` stands there twice")));
            }
            pairs.push((path, value));
        }
        Ok(Pairs(pairs))
    }
}
