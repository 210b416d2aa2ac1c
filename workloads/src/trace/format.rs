//! Formats of files, told apart by how they begin.

use std::fmt::{self, Display};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::str::FromStr;

use super::check::Check;
use super::{Expected, Head, Problem, Sink, TraceError, csv, lines, npz, parquet};

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Archive of NumPy arrays: the project's own format, and others.
    Npz,
    /// One NumPy array of expert ids.
    Npy,
    /// Tokens per expert, a line for a layer of a batch.
    Csv,
    /// A JSON object a line, for a layer, a token or a request.
    JsonLines,
    /// The same, in columns.
    Parquet,
}

type Scan = fn(&Path, &Expected, &mut Check<'_>) -> Result<(), Problem>;

/// Format, name, first bytes, reader.
const FORMATS: &[(Format, &str, &[u8], Scan)] = &[
    (Format::Npz, "npz", b"PK", npz::archive),
    (Format::Npy, "npy", b"\x93NUMPY", npz::single),
    (Format::Parquet, "parquet", b"PAR1", parquet::scan),
    (Format::JsonLines, "jsonl", b"{", lines::scan),
    (Format::Csv, "csv", b"", csv::scan),
];

impl Format {
    /// Names of all formats.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FORMATS.iter().map(|(_, name, ..)| *name)
    }

    /// The format of a file by its first bytes; what begins like no other is CSV, unless its name says otherwise.
    fn of(path: &Path) -> Result<Self, Problem> {
        let mut first = Vec::new();
        let file = File::open(path).map_err(Problem::Open)?;
        file.take(64).read_to_end(&mut first).map_err(Problem::Read)?;
        let first = first.trim_ascii_start();
        let begins = FORMATS.iter().find(|(.., bytes, _)| first.starts_with(bytes));
        let named = path.extension().and_then(|name| name.to_str()?.parse().ok());
        Ok(match begins {
            Some((Self::Csv, ..)) | None => named.unwrap_or(Self::Csv),
            Some((format, ..)) => *format,
        })
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let format = FORMATS.iter().find(|(_, name, ..)| *name == text);
        format.map(|(format, ..)| *format).ok_or_else(|| {
            let names: Vec<_> = Self::names().collect();
            format!("no format is called `{text}`; there is {}", names.join(", "))
        })
    }
}

impl Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = FORMATS.iter().find(|(format, ..)| format == self);
        f.write_str(named.map_or("", |(_, name, ..)| name))
    }
}

/// Reads a trace and hands it over part by part; whatever its length, no more than a part is in memory. Without a format, the
/// first bytes of the file tell it.
///
/// # Errors
/// The first thing that is wrong with the file, that differs from what is expected, or that the sink refuses, with its place.
pub fn scan(
    path: impl AsRef<Path>,
    format: Option<Format>,
    expected: &Expected,
    sink: &mut dyn Sink,
) -> Result<Head, TraceError> {
    let path = path.as_ref();
    let mut scanned = || {
        if path.is_dir() {
            return Err(Problem::Open(ErrorKind::IsADirectory.into()));
        }
        let format = format.map_or_else(|| Format::of(path), Ok)?;
        let mut check = Check::new(expected, sink);
        for (_, _, _, scan) in FORMATS.iter().filter(|(known, ..)| *known == format) {
            scan(path, expected, &mut check)?;
        }
        check.end()
    };
    scanned().map_err(|problem| TraceError::new(path.display().to_string(), problem))
}
