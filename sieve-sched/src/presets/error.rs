//! Names that no preset has.

use pim_dram::similar::{Unknown, nearest, suggestion};
use thiserror::Error;

use super::KINDS;

/// A name that does not say which preset is meant.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PresetError {
    /// No kind is called so.
    #[error(transparent)]
    Kind(#[from] Unknown),
    /// No preset is called so.
    #[error("no preset is called `{name}`{}; `sieve presets list` has them all, and a .ron file needs its --kind: {}", suggestion(.nearest), .kinds.join(", "))]
    Unknown {
        /// The name.
        name: String,
        /// The most similar one of any kind.
        nearest: Option<String>,
        /// All kinds.
        kinds: Vec<&'static str>,
    },
    /// Presets of several kinds are.
    #[error("`{name}` is the name of several presets; choose one by {}", choices(.kinds))]
    Several {
        /// The name.
        name: String,
        /// Their kinds.
        kinds: Vec<&'static str>,
    },
}

impl PresetError {
    pub(super) fn no_kind(name: &str) -> Self {
        Unknown::new("kind of preset", name, KINDS.iter().map(|kind| kind.name)).into()
    }

    pub(super) fn unknown(name: &str) -> Self {
        Self::Unknown {
            name: name.to_owned(),
            nearest: nearest(name, KINDS.iter().flat_map(super::Kind::names)),
            kinds: KINDS.iter().map(|kind| kind.name).collect(),
        }
    }
}

fn choices(kinds: &[&str]) -> String {
    let flags: Vec<String> = kinds.iter().map(|kind| format!("--kind {kind}")).collect();
    flags.join(" or ")
}
