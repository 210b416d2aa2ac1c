//! Sizes of a device.

use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::presets::Presets;

/// A size of a device preset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    device: String,
    quantity: SizeQuantity,
}

/// Which size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizeQuantity {
    /// Pseudo-channels of a GPU.
    PseudoChannels,
    /// Banks of a pseudo-channel, all ranks.
    BanksPerPseudoChannel,
    /// Bytes of a GPU.
    Capacity,
}

impl Size {
    pub(super) fn take(&self, presets: &Presets) -> Result<f64, MeasureError> {
        let geometry = presets.device(&self.device, None)?.spec.geometry;
        Ok(match self.quantity {
            SizeQuantity::PseudoChannels => geometry.total_pseudo_channels().into(),
            SizeQuantity::BanksPerPseudoChannel => geometry.banks_per_pseudo_channel().into(),
            SizeQuantity::Capacity => geometry.capacity_bytes() as f64,
        })
    }
}
