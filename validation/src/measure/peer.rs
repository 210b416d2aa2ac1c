//! Runs of another simulator, repeated on our engine.

use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::golden::Table;
use crate::presets::Presets;
use crate::rows::{Measured, RowsQuantity};

/// Its cycles of a transcribed table against ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerTable {
    table: Table,
    quantity: RowsQuantity,
}

impl PeerTable {
    pub(super) fn take(&self, presets: &Presets) -> Result<Measured, MeasureError> {
        Ok(self.quantity.of(self.table.compared(presets)?))
    }
}
