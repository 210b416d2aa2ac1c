//! Figures by which the paper's claims on Sieve (R1 to R9) are judged, from the results that are kept in
//! `docs/src/data/claims.json`: their replays take an hour. `sieve claims FILE --check` replays a sample.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use sieve_sched::claims::{Measured as Kept, Row};

use super::MeasureError;
use crate::rows::Measured;

static KEPT: LazyLock<Result<Kept, String>> = LazyLock::new(|| {
    let text = include_str!("../../../docs/src/data/claims.json");
    Kept::from_json(text).map_err(|error| error.to_string())
});

/// One figure of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Paper {
    /// The figure.
    pub row: Row,
}

impl Paper {
    pub(super) fn take(&self) -> Result<Measured, MeasureError> {
        let kept = KEPT.as_ref().map_err(|error| MeasureError::Kept(error.clone()))?;
        let figure = self.row.ours(kept).ok_or_else(|| {
            let Row { model, quantity, .. } = &self.row;
            MeasureError::Kept(format!("{model}, {}: was not replayed", quantity.text()))
        })?;
        Ok(Measured { figure, rows: Vec::new() })
    }
}
