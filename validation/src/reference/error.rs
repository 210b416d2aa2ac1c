//! What keeps a page from being written.

use std::io;
use std::path::PathBuf;

/// A reference page that cannot be made of the sources.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// A source file cannot be read.
    #[error("{}: cannot be read: {source}; the pages are made of a checkout, from its root", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A source file is not Rust.
    #[error("{}: does not parse: {source}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: syn::Error,
    },
    /// A name stands for no type, or for several.
    #[error("{file}: `{name}` names {found} types that are read or written; expected 1")]
    Name {
        /// Where the name stands.
        file: String,
        /// The name.
        name: String,
        /// How many types it may mean.
        found: usize,
    },
    /// A type is written in a way that no page describes.
    #[error("{file}: `{found}` is none of the types that the reference describes")]
    Type {
        /// Where it stands.
        file: String,
        /// What was found.
        found: String,
    },
    /// A field, a variant or a column has no description.
    #[error("{file}: `{name}` has no doc comment")]
    Undocumented {
        /// Where it stands.
        file: String,
        /// Its name.
        name: String,
    },
    /// The built-in configuration cannot be made.
    #[error("built-in configuration: {0}")]
    Default(String),
}
