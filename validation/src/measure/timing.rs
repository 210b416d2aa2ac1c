//! Timing parameters of a device against those of its source.

use std::collections::{BTreeMap, BTreeSet};

use pim_dram::Dram;
use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::golden;
use crate::presets::Presets;
use crate::rows::{Compared, Measured, RowsQuantity};

/// All timing parameters, in clocks of the command bus; one that only one side has is no number on the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    device: String,
    quantity: RowsQuantity,
}

/// A row of `golden/timing.csv`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    device: String,
    parameter: String,
    clocks: f64,
    #[serde(rename = "source")]
    _source: String,
}

impl Timing {
    pub(super) fn take(&self, presets: &Presets) -> Result<Measured, MeasureError> {
        // Resolved with its deviations.
        let dram = Dram::new(&presets.spec(&self.device)?)?;
        let per_clock = dram.clock.ticks_per_clock as f64;
        let clocks = |delay| dram.ticks(delay).0 as f64 / per_clock;
        let ours: BTreeMap<String, f64> =
            dram.spec.timing.iter().map(|(name, &delay)| (name.clone(), clocks(delay))).collect();
        let all: Vec<Row> = golden::parse(include_str!("../../golden/timing.csv"))?;
        let of_device = all.into_iter().filter(|row| row.device == self.device);
        let published: BTreeMap<String, f64> =
            of_device.map(|row| (row.parameter, row.clocks)).collect();
        let names: BTreeSet<&String> = published.keys().chain(ours.keys()).collect();
        let of = |side: &BTreeMap<String, f64>, name: &String| *side.get(name).unwrap_or(&f64::NAN);
        let row = |name: &String| Compared {
            name: name.clone(),
            published: of(&published, name),
            ours: of(&ours, name),
        };
        Ok(self.quantity.of(names.into_iter().map(row).collect()))
    }
}
