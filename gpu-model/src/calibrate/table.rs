//! What tables of measurements have in common.

use std::io::Read;

use serde::de::DeserializeOwned;

/// A table that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The text is no such table: a column is missing, a number is none, the file ends early.
    #[error("{0}")]
    Csv(#[from] csv::Error),
    /// A value is out of range.
    #[error("line {line}: {column}: found {found}, allowed is {allowed}")]
    Value {
        /// Line, from 1.
        line: u64,
        /// Column.
        column: &'static str,
        /// What stands there.
        found: String,
        /// What may stand there.
        allowed: String,
    },
}

/// Hands on each row with its line.
pub(super) fn rows<Row: DeserializeOwned>(
    text: impl Read,
    mut take: impl FnMut(Row, u64) -> Result<(), TableError>,
) -> Result<(), TableError> {
    let mut reader = csv::Reader::from_reader(text);
    let headers = reader.headers()?.clone();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        let line = record.position().map_or(0, csv::Position::line);
        take(record.deserialize(Some(&headers))?, line)?;
    }
    Ok(())
}

pub(super) fn wrong(
    line: u64,
    column: &'static str,
    found: &impl ToString,
    allowed: &str,
) -> TableError {
    TableError::Value { line, column, found: found.to_string(), allowed: allowed.to_owned() }
}

/// A number from 1 to `most`.
pub(super) fn within(
    line: u64,
    column: &'static str,
    found: u32,
    most: u32,
) -> Result<u32, TableError> {
    if (1..=most).contains(&found) {
        return Ok(found);
    }
    Err(wrong(line, column, &found, &format!("1 to {most}")))
}

/// A time that was measured.
pub(super) fn latency(line: u64, us: f64) -> Result<f64, TableError> {
    if us > 0.0 && us < 1e9 {
        return Ok(us);
    }
    Err(wrong(line, "latency_us", &us, "above 0 and below 1e9"))
}
