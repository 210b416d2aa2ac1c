//! Look-up of the descriptions that ship with the crate.

use serde::de::DeserializeOwned;

/// A preset that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PresetError {
    /// No preset has that name.
    #[error("no {kind} preset is called `{name}`; there is {}", known.join(", "))]
    Unknown {
        /// What was looked for: `model`, `routing` or `prefill`.
        kind: &'static str,
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<&'static str>,
    },
    /// A shipped file does not parse.
    #[error("{kind} preset `{name}`: {error}")]
    Malformed {
        /// What was looked for: `model`, `routing` or `prefill`.
        kind: &'static str,
        /// The name asked for.
        name: String,
        /// Place and reason.
        error: Box<ron::error::SpannedError>,
    },
}

/// Parses the preset of that name from a table of (name, RON text).
pub(crate) fn load<T: DeserializeOwned>(
    kind: &'static str,
    presets: &[(&'static str, &'static str)],
    name: &str,
) -> Result<T, PresetError> {
    let Some((_, text)) = presets.iter().find(|(known, _)| *known == name) else {
        let known = presets.iter().map(|(name, _)| *name).collect();
        return Err(PresetError::Unknown { kind, name: name.to_owned(), known });
    };
    ron::from_str(text).map_err(|error| PresetError::Malformed {
        kind,
        name: name.to_owned(),
        error: Box::new(error),
    })
}
