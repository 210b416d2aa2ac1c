//! The closed model of a row in all banks against its simulation.

use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::newton::closed::ClosedRows;
use crate::presets::Presets;
use crate::rows::{Measured, RowsQuantity};

/// Speed-ups over a host that reads one column each tCCD, by the formula and simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedModel {
    rows: ClosedRows,
    quantity: RowsQuantity,
}

impl ClosedModel {
    pub(super) fn take(&self, presets: &Presets) -> Result<Measured, MeasureError> {
        Ok(self.quantity.of(self.rows.compared(presets)?))
    }
}
