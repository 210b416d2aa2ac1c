//! Recorded routing that lies beside the repository where its owner put it.

use std::io::Write;
use std::path::{Path, PathBuf};

/// A file of it; says so where it is not there.
pub(crate) fn recorded(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/traces").join(name);
    if !path.exists() {
        // Not by `println!`, which tests that pass keep to themselves.
        let says = format!("skipped: ../shared/traces/{name} not there\n");
        std::io::stderr().write_all(says.as_bytes()).unwrap();
        return None;
    }
    Some(path)
}
