//! The closed model of one row in all banks, and the simulation of the same.
//!
//! A row of C columns in n banks takes C tCCD + tRP + (n/g - 1) gap + tRCD: columns, precharge, activation of g banks a command,
//! `gap` apart, and the time until the last of them may be read. A host that reads a column each tCCD needs n C tCCD for it.
//!
//! The model holds for rows that follow one another in one rank. It knows no vector writes, no result reads and no refresh. It
//! closes a row one tCCD after its last column, the simulation tRTP after it, which is all the difference there is.

use pim_dram::device::Device;
use pim_dram::spec::{Activation, Delay, DeviceSpec};
use serde::{Deserialize, Serialize};

use super::Banks;
use crate::measure::{MeasureError, period};
use crate::presets::Presets;
use crate::rows::Compared;

/// Rows of these sizes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedRows {
    /// Device preset, whose columns and delays are taken but for the following.
    pub device: String,
    /// tCCD in nanoseconds.
    pub column_ns: u64,
    /// Banks of the rank, in groups of as many as one command activates.
    pub banks: Vec<u32>,
    /// Distances of two activations in nanoseconds: tFAW, since each command fills the window.
    pub gaps_ns: Vec<u64>,
}

/// Banks that one command activates: all that tFAW allows.
pub const GANG: u32 = 4;

/// Times in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// C.
    pub columns: u64,
    /// tCCD.
    pub column: u64,
    /// tRP.
    pub precharge: u64,
    /// tRCD.
    pub activate: u64,
    /// From one activation to the next.
    pub gap: u64,
}

impl Closed {
    /// How many times as long as the units a host takes that reads a column each tCCD, with so many banks.
    #[must_use]
    pub fn speed_up(&self, banks: u32) -> f64 {
        let columns = self.columns * self.column;
        let opening = u64::from(banks / GANG - 1) * self.gap + self.activate;
        (u64::from(banks) * columns) as f64 / (columns + self.precharge + opening) as f64
    }
}

impl ClosedRows {
    /// Speed-ups over that host: the model's as published, and ours. All gaps of a number of banks before the next.
    ///
    /// # Errors
    /// A device that does not resolve.
    pub fn compared(&self, presets: &Presets) -> Result<Vec<Compared>, MeasureError> {
        let mut rows = Vec::new();
        for (banks, gap) in
            self.banks.iter().flat_map(|&banks| self.gaps_ns.iter().map(move |&gap| (banks, gap)))
        {
            let device = Device::new(&self.of(presets.spec(&self.device)?, banks, gap))?;
            let ns = |name: &str| {
                let delay = device.spec.timing.get(name);
                let ticks = delay.map(|&delay| device.ticks(delay)).unwrap_or_default();
                device.clock.femtos(ticks).as_ticks() / 1_000_000
            };
            let columns = device.spec.geometry.columns();
            let closed = Closed {
                columns: columns.into(),
                column: ns("tCCD_L"),
                precharge: ns("tRP"),
                activate: ns("tRCD"),
                gap: ns("tFAW"),
            };
            let host = u64::from(banks) * closed.columns * closed.column;
            let row = device.clock.femtos(period(&device, columns)).as_ticks();
            rows.push(Compared {
                name: format!("{banks} banks, {gap} ns"),
                published: closed.speed_up(banks),
                ours: (host * 1_000_000) as f64 / row as f64,
            });
        }
        Ok(rows)
    }

    /// The device with one rank of so many banks.
    fn of(&self, spec: DeviceSpec, banks: u32, gap: u64) -> DeviceSpec {
        let mut spec = Banks { ranks: 1, bank_groups: banks / GANG, banks }.on(spec);
        spec.timing.insert("tCCD_L".to_owned(), Delay::Ns(self.column_ns));
        spec.timing.insert("tFAW".to_owned(), Delay::Ns(gap));
        if let Some(pim) = &mut spec.pim {
            pim.activation = Activation::Ganged(GANG);
        }
        spec
    }
}
