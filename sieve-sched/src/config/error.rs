//! What can be wrong with a configuration.

use std::path::PathBuf;

use pim_dram::similar::suggestion;
use thiserror::Error;

/// A configuration that cannot be used. Every text says where, what was found and what is allowed.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// Neither a preset nor a file.
    #[error("no {kind} is called `{name}`{}; there is {}, or give the path of a .ron file", suggestion(.nearest), .known.join(", "))]
    UnknownPreset {
        /// What was looked for.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The most similar preset.
        nearest: Option<String>,
        /// All presets.
        known: Vec<String>,
    },
    /// A file that cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that does not parse.
    #[error("{origin}:{line}:{column}: {says}")]
    Syntax {
        /// File or preset.
        origin: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What was found and expected there.
        says: String,
    },
    /// An assignment without `=`.
    #[error("--set {text}: expected path=value, such as timing.tFAW=30")]
    NotAnAssignment {
        /// What was given.
        text: String,
    },
    /// A path that names no field.
    #[error("--set {path}: no such field{}; {} {}", suggestion(.nearest), place(.above), .known.join(", "))]
    UnknownPath {
        /// The path.
        path: String,
        /// The most similar path.
        nearest: Option<String>,
        /// The longest beginning of the path that is there; may be empty.
        above: String,
        /// Fields below it.
        known: Vec<String>,
    },
    /// A path that names several fields.
    #[error("--set {path}: could be any of {}; write more of the path", .matches.join(", "))]
    AmbiguousPath {
        /// The path.
        path: String,
        /// Fields that it fits.
        matches: Vec<String>,
    },
    /// A value that is not written as RON.
    #[error(
        "--set {path}={value}: not a value; write a number, a name, name(number), true, false, \"text\" or [list]"
    )]
    Value {
        /// The path.
        path: String,
        /// The value.
        value: String,
    },
    /// A value of the wrong kind.
    #[error("--set {path}={value}: {says}")]
    Type {
        /// The path.
        path: String,
        /// The value.
        value: String,
        /// What is allowed.
        says: String,
    },
    /// A run that was [stopped](crate::stop::Stop).
    #[error("stopped before all points were finished")]
    Stopped,
    /// Lists of values with more combinations than anyone means.
    #[error("--set: the lists have more than {0} combinations")]
    TooMany(usize),
    /// Numbers that contradict each other or the limits of the model.
    #[error("{0}")]
    Invalid(String),
}

/// Where fields are listed.
fn place(above: &str) -> String {
    if above.is_empty() { "there is".to_owned() } else { format!("`{above}` has") }
}
