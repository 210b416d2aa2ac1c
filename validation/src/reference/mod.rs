//! Reference pages of the book: every field of every file that is read, and every number that is written, out of the doc
//! comments of the sources.
//!
//! A type's doc comment says what it is, its fields' what they mean; units are those that names end in, or stand with the
//! allowed range at the end of the comment: `Unit: elements. Range: 1 to 128.`

mod book;
mod defaults;
mod docs;
mod error;
mod known;
mod outputs;
mod pages;
mod resolve;
mod rows;
mod serde;
mod source;
mod statistics;
mod unit;
mod walk;
mod write;

use std::path::Path;

pub use book::book;
pub use error::ReferenceError;
pub use pages::{Field, configuration, fields, files, lacking};
pub use statistics::{Columns, statistics};

use self::source::Type;

/// The types of a checkout.
pub struct Sources(Vec<Type>);

impl Sources {
    /// Reads the sources of all crates below the root of a checkout.
    ///
    /// # Errors
    /// Files that cannot be read or parsed.
    pub fn read(root: &Path) -> Result<Self, ReferenceError> {
        source::read(root).map(Self)
    }
}
