//! What a user writes about a GPU.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Presets that ship with the crate: name and RON text.
pub const PRESETS: &[(&str, &str)] = &[("b200", include_str!("../presets/b200.ron"))];

/// A GPU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GpuSpec {
    /// Name in reports.
    pub name: String,
    /// Dense FP16 or bf16 peak.
    pub peak_flops_per_s: u64,
    /// HBM bandwidth.
    pub hbm_bytes_per_s: u64,
    /// HBM capacity without PIM.
    pub hbm_capacity_bytes: u64,
    /// Path prefix -> where the numbers below it come from; the longest prefix wins.
    pub sources: BTreeMap<String, String>,
}

/// A number outside of its range.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("gpu `{name}`: {fields} must be above 0")]
pub struct Invalid {
    /// The GPU.
    pub name: String,
    /// The fields.
    pub fields: String,
}

impl GpuSpec {
    /// Checks all numbers.
    ///
    /// # Errors
    /// Every field that is zero.
    pub fn check(&self) -> Result<(), Invalid> {
        let rates = [
            ("peak_flops_per_s", self.peak_flops_per_s),
            ("hbm_bytes_per_s", self.hbm_bytes_per_s),
            ("hbm_capacity_bytes", self.hbm_capacity_bytes),
        ];
        let zero: Vec<_> = rates.iter().filter(|(_, rate)| *rate == 0).map(|(field, _)| *field).collect();
        if zero.is_empty() { Ok(()) } else { Err(Invalid { name: self.name.clone(), fields: zero.join(", ") }) }
    }
}
