//! What all targets share: a limit to memory, files that hold an input, and what may be asked of every answer.

use std::fmt::{Debug, Display};
use std::io::Write;
use std::path::Path;

use cap::Cap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sieve_sched::config::parse;

/// Bytes that a program may hold while it reads an input of a few kilobytes. Beyond it allocation fails, and the target with it.
const LIMIT: usize = 1 << 30;

#[global_allocator]
static MEMORY: Cap<std::alloc::System> = Cap::new(std::alloc::System, LIMIT);

/// An input as text, if it is text: its first line, which says what the rest is meant as, and the rest.
#[must_use]
pub fn titled(input: &[u8]) -> Option<(&str, &str)> {
    std::str::from_utf8(input).ok()?.split_once('\n')
}

/// Calls with the path of a file of that content; `extension` begins with a dot.
///
/// # Panics
/// When there is no room for files.
pub fn in_file<T>(extension: &str, content: &[u8], of: impl FnOnce(&Path) -> T) -> T {
    let mut file = tempfile::Builder::new().suffix(extension).tempfile().expect("a file");
    file.write_all(content).expect("a file that can be written");
    of(file.path())
}

/// The value; `None` after an error, which has to say something, on lines that a terminal can show.
///
/// # Panics
/// When it does not.
pub fn told<T, E: Display>(answer: Result<T, E>) -> Option<T> {
    answer.map_err(|error| said(&error.to_string())).ok()
}

/// The same of a file that has to be named.
///
/// # Panics
/// When the error says nothing, or not of which file.
pub fn told_of<T, E: Display>(path: &Path, answer: Result<T, E>) -> Option<T> {
    told(answer.inspect_err(|error| {
        let (text, name) = (error.to_string(), path.display().to_string());
        assert!(text.contains(&name), "does not name the file: {text}");
    }))
}

/// # Panics
/// When there is no message.
pub fn said(message: &str) {
    assert!(!message.trim().is_empty(), "an error without a message");
}

/// Whether a value is the same after it was written as RON and read again.
///
/// # Panics
/// When it is not.
pub fn round_trips<T: Serialize + DeserializeOwned + Debug>(value: &T) {
    let written = ron::to_string(value).expect("RON");
    let read: T = parse("written", &written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(ron::to_string(&read).expect("RON"), written);
}
