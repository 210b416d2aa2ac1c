//! Reads a preset or a RON file into a typed value.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::error::{ConfigError, nearest};

/// The preset of that name, or the contents of the file of that path.
///
/// # Errors
/// Unknown names, unreadable files, and text that does not parse, with file, line and column.
pub fn load<T: DeserializeOwned>(
    kind: &'static str,
    name: &str,
    presets: &[(&str, &str)],
) -> Result<T, ConfigError> {
    if let Some((_, text)) = presets.iter().find(|(known, _)| *known == name) {
        return parse(name, text);
    }
    let path = Path::new(name);
    if path.extension().is_none() && !path.exists() {
        return Err(ConfigError::UnknownPreset {
            kind,
            name: name.to_owned(),
            nearest: nearest(name, presets.iter().map(|(known, _)| *known)),
            known: presets.iter().map(|(known, _)| (*known).to_owned()).collect(),
        });
    }
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    parse(name, &text)
}

fn parse<T: DeserializeOwned>(origin: &str, text: &str) -> Result<T, ConfigError> {
    ron::from_str(text).map_err(|error| ConfigError::Syntax {
        origin: origin.to_owned(),
        line: error.span.start.line,
        column: error.span.start.col,
        says: error.code.to_string(),
    })
}
