//! A sweep by name, resolved.

use std::path::Path;

use super::error::SweepError;
use super::plan::Plan;
use super::spec::Sweep;
use crate::config::parse;

/// A sweep as a folder keeps it.
#[derive(Debug)]
pub struct Loaded {
    /// Name: that of the preset, or of the file without its ending.
    pub name: String,
    /// What the user wrote.
    pub text: String,
    /// The same, resolved.
    pub plan: Plan,
}

impl Loaded {
    /// A shipped sweep or a file.
    ///
    /// # Errors
    /// Unknown names, unreadable files, text that does not parse, and mistakes in the sweep; all of them name the file.
    pub fn file(file: &str) -> Result<Self, SweepError> {
        let (sweep, text) = Sweep::load(file)?;
        let stem = Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        Self::new(file, stem.unwrap_or_else(|| file.to_owned()), &sweep, text)
    }

    /// A sweep that stands in no file.
    ///
    /// # Errors
    /// Text that does not parse, and mistakes in the sweep; all of them begin with the name.
    pub fn text(name: &str, text: String) -> Result<Self, SweepError> {
        Self::new(name, name.to_owned(), &parse(name, &text)?, text)
    }

    fn new(origin: &str, name: String, sweep: &Sweep, text: String) -> Result<Self, SweepError> {
        match Plan::new(sweep) {
            Ok(plan) => Ok(Self { name, text, plan }),
            Err(error) => Err(SweepError::In { origin: origin.to_owned(), error: error.into() }),
        }
    }
}
