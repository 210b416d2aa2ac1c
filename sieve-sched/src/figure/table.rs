//! Tables that figures are drawn from.

use serde::de::DeserializeOwned;

use super::FigureError;

/// Rows of a table of one's own, or of the shipped one, which comes from `origin`.
pub(super) fn read<T: DeserializeOwned>(
    table: &str,
    origin: &str,
    shipped: &str,
) -> Result<Vec<T>, FigureError> {
    if table.is_empty() {
        return parse(origin, shipped);
    }
    let text = std::fs::read_to_string(table);
    parse(table, &text.map_err(|error| wrong(table, error.to_string()))?)
}

/// Rows of a text that comes from `origin`.
pub(super) fn parse<T: DeserializeOwned>(origin: &str, text: &str) -> Result<Vec<T>, FigureError> {
    let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize().collect();
    let rows: Result<Vec<T>, csv::Error> = rows;
    rows.map_err(|error| wrong(origin, error.to_string()))
}

fn wrong(origin: &str, says: String) -> FigureError {
    FigureError::Table { origin: origin.to_owned(), says }
}
