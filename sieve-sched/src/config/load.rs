//! Reads a preset or a RON file into a typed value.

use std::path::Path;

use pim_dram::spec::{DERIVED, Derived, DeviceSpec, PRESETS};
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

/// A device by the name of a preset or the path of a file.
///
/// # Errors
/// As [`load`].
pub fn load_device(name: &str) -> Result<DeviceSpec, ConfigError> {
    if DERIVED.iter().any(|(known, _)| *known == name) {
        let derived: Derived = load("device", name, DERIVED)?;
        let base = load_device(&derived.based_on)?;
        return Ok(derived.on(base));
    }
    // Any other preset is a whole one; the message about an unknown name knows all.
    load("device", name, &[PRESETS, DERIVED].concat())
}

fn parse<T: DeserializeOwned>(origin: &str, text: &str) -> Result<T, ConfigError> {
    ron::from_str(text).map_err(|error| ConfigError::Syntax {
        origin: origin.to_owned(),
        line: error.span.start.line,
        column: error.span.start.col,
        says: error.code.to_string(),
    })
}
