//! Transformer blocks of CENT: our PIM cycles against the authors' table.

use pim_dram::device::Device;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::cent::block::Block;
use crate::cent::{Assumptions, table};
use crate::presets::Presets;
use crate::rows::{Compared, Measured, RowsQuantity};

/// Every row of the table, or those with so many devices a block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CentBlocks {
    device: String,
    part: CentPart,
    #[serde(default)]
    tensor: Option<u32>,
    quantity: RowsQuantity,
}

/// Which time of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CentPart {
    /// Of the PIM channels, in microseconds.
    Pim,
    /// With links and near-memory units, in microseconds.
    Block,
}

/// Of the table.
const CYCLES_PER_US: f64 = 2000.0;
const NS_PER_US: f64 = 1000.0;

impl CentBlocks {
    pub(super) fn take(&self, presets: &Presets) -> Result<Measured, MeasureError> {
        let device = presets.device(&self.device, None)?;
        let assumptions = Assumptions::shipped()?;
        let mut rows = table::rows(&assumptions)?;
        rows.retain(|row| self.tensor.is_none_or(|tensor| tensor == row.arrangement.tensor));
        let compared: Result<Vec<_>, MeasureError> =
            rows.par_iter().map(|row| self.compare(&device, &assumptions, row)).collect();
        Ok(self.quantity.of(compared?))
    }

    fn compare(
        &self,
        device: &Device,
        assumptions: &Assumptions,
        row: &table::Row,
    ) -> Result<Compared, MeasureError> {
        let place = &row.arrangement;
        let pim_ns = Block::new(place, row.length).ns(device)?;
        let around_ns = assumptions.around_ns(place, row.length);
        let (published, ours) = match self.part {
            CentPart::Pim => (row.pim_cycles as f64 / CYCLES_PER_US, pim_ns / NS_PER_US),
            CentPart::Block => (row.block_ns / NS_PER_US, (pim_ns + around_ns) / NS_PER_US),
        };
        let (pipeline, tensor, channels) = (place.pipeline, place.tensor, place.channels);
        let name = format!(
            "{} in {pipeline} stages of {tensor} devices, {channels} channels, {} tokens",
            place.model.name, row.length
        );
        Ok(Compared { name, published, ours })
    }
}
