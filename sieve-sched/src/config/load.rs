//! Reads a preset or a RON file into a typed value.

use std::path::Path;

use pim_dram::similar::{nearest, offer};
use pim_dram::spec::{DERIVED, Derived, DeviceSpec, PRESETS};
use ron::extensions::Extensions;
use serde::de::DeserializeOwned;

use super::error::ConfigError;

/// The preset of that name, or the contents of the file of that path.
///
/// # Errors
/// Unknown names, unreadable files, and text that does not parse, with file, line and column.
pub fn load<T: DeserializeOwned>(
    kind: &'static str,
    name: &str,
    presets: &[(&str, &str)],
) -> Result<T, ConfigError> {
    parse(name, &text_of(kind, name, presets)?)
}

/// The text of the preset of that name, or of the file of that path.
///
/// # Errors
/// Unknown names, unreadable files.
pub fn text_of(
    kind: &'static str,
    name: &str,
    presets: &[(&str, &str)],
) -> Result<String, ConfigError> {
    if let Some((_, text)) = presets.iter().find(|(known, _)| *known == name) {
        return Ok((*text).to_owned());
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
    std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })
}

/// A device by the name of a preset or the path of a file, whole or based on another one.
///
/// # Errors
/// As [`load`].
pub fn load_device(name: &str) -> Result<DeviceSpec, ConfigError> {
    load_based(name, &mut Vec::new())
}

/// `above` are the devices that are based on this one.
fn load_based(name: &str, above: &mut Vec<String>) -> Result<DeviceSpec, ConfigError> {
    if above.iter().any(|other| other == name) {
        return Err(ConfigError::Type {
            path: "based_on".to_owned(),
            value: name.to_owned(),
            says: format!("goes in a circle: {}", above.join(", ")),
        });
    }
    above.push(name.to_owned());
    let shipped = DERIVED.iter().find(|(known, _)| *known == name);
    let based = |text: &String| text.lines().any(|line| line.trim_start().starts_with("based_on:"));
    let own = || std::fs::read_to_string(name).ok().filter(based);
    if let Some(text) = shipped.map(|(_, text)| (*text).to_owned()).or_else(own) {
        let derived: Derived = parse(name, &text)?;
        let base = load_based(&derived.based_on, above)?;
        return Ok(derived.on(base).settled());
    }
    // An unknown name is told of all presets.
    load("device", name, &[PRESETS, DERIVED].concat()).map(DeviceSpec::settled)
}

/// A typed value from RON text; `origin` is the file or preset that errors name.
///
/// # Errors
/// Text that does not parse, with line and column.
pub fn parse<T: DeserializeOwned>(origin: &str, text: &str) -> Result<T, ConfigError> {
    // Written `4` or `Some(4)`, as with `--set`.
    let ron = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
    ron.from_str(text).map_err(|error| ConfigError::Syntax {
        origin: origin.to_owned(),
        line: error.span.start.line,
        column: error.span.start.col,
        says: says(&error.code),
    })
}

/// What is wrong, and of a misspelt name the one that was probably meant.
fn says(error: &ron::Error) -> String {
    let (expected, found) = match error {
        ron::Error::NoSuchStructField { expected, found, .. }
        | ron::Error::NoSuchEnumVariant { expected, found, .. } => (*expected, found.as_str()),
        _ => return error.to_string(),
    };
    format!("{error}{}", offer(found, expected.iter().copied()))
}
