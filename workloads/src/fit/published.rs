//! Statistics that were published.

use serde::Deserialize;

use super::{FitError, Row, Shape, Targets};

/// Figures of the paper, as data.
const TABLE: &str = include_str!("../../data/published-routing.ron");

/// Published statistics of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// The model; `origin` is its name.
    pub targets: Targets,
    /// Preset that is meant to give them.
    pub routing: String,
    /// Where they were published.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    routing: String,
    experts: u32,
    top_k: u32,
    shared: u32,
    rows: Vec<Row>,
    source: String,
}

/// All published statistics, model by model.
///
/// # Errors
/// When the shipped table does not parse.
pub fn published() -> Result<Vec<Published>, FitError> {
    let entries: Vec<Entry> =
        ron::from_str(TABLE).map_err(|error| FitError::Shipped(Box::new(error)))?;
    let of = |entry: Entry| {
        let shape = Shape { experts: entry.experts, top_k: entry.top_k, shared: entry.shared };
        Published {
            targets: Targets { origin: entry.name, shape, rows: entry.rows },
            routing: entry.routing,
            source: entry.source,
        }
    };
    Ok(entries.into_iter().map(of).collect())
}
