//! What ships with the program: presets of every kind, by name, and what each comes down to.
//!
//! [`KINDS`] is the table of kinds. To ship another kind is to give its type the trait of `told`, and the table a row.

mod error;
mod fields;
mod kinds;
mod told;
mod units;
mod written;

use serde::Serialize;
use sha2::{Digest, Sha256};

pub use error::PresetError;
pub use fields::Field;
pub use kinds::KINDS;
pub use told::Derived;
use told::Told;

use crate::config::{Assignment, ConfigError};

/// Presets by name, with their RON text.
type Table = &'static [(&'static str, &'static str)];

/// A kind of preset.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its name, as after `--kind`.
    pub name: &'static str,
    /// What presets of it are.
    pub about: &'static str,
    /// The command that says more of one, if there is any; the name comes after it.
    pub command: Option<&'static str>,
    tables: &'static [Table],
    read: fn(&str, &[Assignment]) -> Result<Read, ConfigError>,
}

/// A preset that was read and changed.
struct Read {
    tree: serde_json::Value,
    told: Told,
}

/// A preset with every value that it comes down to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// Kind.
    pub kind: &'static str,
    /// Name or path.
    pub name: String,
    /// What it is, in one line.
    pub about: String,
    /// As in its file, parts by name read too.
    pub values: Vec<Field>,
    /// What follows from them.
    pub derived: Vec<Derived>,
}

impl Kind {
    /// Names of its presets, in their own order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.tables.iter().flat_map(|table| table.iter().map(|(name, _)| *name))
    }

    /// What a preset is, in one line.
    ///
    /// # Errors
    /// As [`Kind::show`].
    pub fn line(&self, name: &str) -> Result<String, ConfigError> {
        Ok((self.read)(name, &[])?.told.about)
    }

    /// A preset by its name, or the file of that path, with changes made.
    ///
    /// # Errors
    /// Unknown names, files that do not parse, changes to what is not there, and numbers that contradict each other.
    pub fn show(&self, name: &str, changes: &[Assignment]) -> Result<Shown, ConfigError> {
        let Read { tree, told } = (self.read)(name, changes)?;
        Ok(Shown {
            kind: self.name,
            name: name.to_owned(),
            about: told.about,
            values: fields::of(&tree),
            derived: told.derived,
        })
    }
}

/// The kind of that name.
///
/// # Errors
/// A name that is none.
pub fn kind(name: &str) -> Result<&'static Kind, PresetError> {
    let named = KINDS.iter().find(|kind| kind.name == name);
    named.ok_or_else(|| PresetError::no_kind(name))
}

/// The only kind that has a preset of that name.
///
/// # Errors
/// A name that no kind has, or several have.
pub fn find(name: &str) -> Result<&'static Kind, PresetError> {
    let kinds: Vec<&Kind> = KINDS.iter().filter(|kind| kind.names().any(|n| n == name)).collect();
    match kinds.as_slice() {
        [kind] => Ok(kind),
        [] => Err(PresetError::unknown(name)),
        several => Err(PresetError::Several {
            name: name.to_owned(),
            kinds: several.iter().map(|kind| kind.name).collect(),
        }),
    }
}

/// Twelve digits that change with any byte of any preset: two programs of one version and digest compute from the same data.
#[must_use]
pub fn digest() -> String {
    let mut hash = Sha256::new();
    for kind in KINDS {
        for (name, text) in kind.tables.iter().copied().flatten() {
            for part in [kind.name, name, text] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
        }
    }
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_told_in_one_line() {
        for kind in KINDS {
            assert!(kind.names().next().is_some(), "{}", kind.name);
            for name in kind.names() {
                let line = kind.line(name).expect("a shipped preset is usable");
                assert!(!line.is_empty() && !line.contains('\n'), "{name}: {line}");
            }
        }
    }

    /// Figures and sweeps say what is run; all else is data.
    #[test]
    fn every_number_has_a_source() {
        for kind in KINDS.iter().filter(|kind| !["figure", "sweep"].contains(&kind.name)) {
            for name in kind.names() {
                let shown = kind.show(name, &[]).expect("a shipped preset is usable");
                let numbers = shown.values.iter().filter(|field| field.value.is_number());
                let without: Vec<_> =
                    numbers.filter(|field| field.source.is_none()).map(|f| &f.path).collect();
                assert!(without.is_empty(), "{} `{name}`: {without:?}", kind.name);
            }
        }
    }
}
