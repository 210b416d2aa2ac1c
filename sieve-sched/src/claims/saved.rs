//! The file in which a replay leaves what it measured, `claims.json`.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use thiserror::Error;

use super::measured::Measured;
use super::verdict::Verdict;

/// The file's name in a results folder.
pub const FILE: &str = "claims.json";

/// Version of the file's schema.
const SCHEMA: u32 = 1;

/// What the file holds. Verdicts are for others; they are made anew here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    schema_version: u32,
    measured: Measured,
    #[serde(rename = "verdicts")]
    _verdicts: IgnoredAny,
}

/// A file that cannot be used.
#[derive(Debug, Error)]
pub enum SavedError {
    /// It is no such file.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// Another version wrote it.
    #[error("schema_version {0}; this program reads {SCHEMA}")]
    Schema(u32),
}

impl Measured {
    /// What a file holds.
    ///
    /// # Errors
    /// A text of another form or schema.
    pub fn from_json(text: &str) -> Result<Self, SavedError> {
        let saved: Saved = serde_json::from_str(text)?;
        if saved.schema_version == SCHEMA {
            Ok(saved.measured)
        } else {
            Err(SavedError::Schema(saved.schema_version))
        }
    }

    /// What a file is to hold, verdicts beside.
    #[must_use]
    pub fn to_json(&self, verdicts: &[Verdict]) -> Value {
        json!({ "schema_version": SCHEMA, "measured": self, "verdicts": verdicts })
    }
}
