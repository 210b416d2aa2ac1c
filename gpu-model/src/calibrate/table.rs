//! What tables of measurements have in common.

use std::io::Read;

use serde::de::DeserializeOwned;

/// A table that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The text is no such table: a column is missing, a number is none, the file ends early.
    #[error("{0}")]
    Csv(#[from] csv::Error),
    /// A row lacks a column.
    #[error("line {line}: {says}")]
    Row {
        /// Line, from 1.
        line: u64,
        /// What is wrong.
        says: String,
    },
    /// A cell is no number of its kind.
    #[error("line {line}: {column}: found `{found}`: {says}")]
    Cell {
        /// Line, from 1.
        line: u64,
        /// Column.
        column: String,
        /// What stands there.
        found: String,
        /// Why it is none.
        says: String,
    },
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
        take(
            record.deserialize(Some(&headers)).map_err(|e| at_cell(e, line, &headers, &record))?,
            line,
        )?;
    }
    Ok(())
}

/// A cell that is not what it should be, by the name of its column.
fn at_cell(
    error: csv::Error,
    line: u64,
    headers: &csv::StringRecord,
    record: &csv::StringRecord,
) -> TableError {
    let csv::ErrorKind::Deserialize { err, .. } = error.kind() else { return error.into() };
    let Some(index) = err.field().and_then(|index| usize::try_from(index).ok()) else {
        // Rows are as long as the header, so what lacks a cell lacks it from the first line on.
        return TableError::Row { line: 1, says: err.kind().to_string() };
    };
    let cell = |of: &csv::StringRecord| of.get(index).unwrap_or_default().to_owned();
    TableError::Cell {
        line,
        column: cell(headers),
        found: cell(record),
        says: err.kind().to_string(),
    }
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
