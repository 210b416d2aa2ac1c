//! Laws fitted to measurements.
//!
//! Tables of measured launches ([`moe_table`] of experts, [`kernel_table`] of the rest) become [`Sample`]s; [`fit()`] finds the [`KernelLaw`] that is nearest to them;
//! [`Errors`] say how near that is.

mod balanced;
mod fit;
pub mod kernel_table;
pub mod moe_table;
mod table;

pub use balanced::balanced;
pub use fit::{FEWEST, Known, fit};
pub use table::TableError;

use crate::launch::Launch;
use crate::law::KernelLaw;

/// A launch and how long it took.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The launch.
    pub launch: Launch,
    /// Measured time in microseconds, above 0.
    pub us: f64,
}

/// Relative errors of a law, as shares: 0.04 is 4 %.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Errors {
    /// Mean of the absolute errors. Unit: share.
    pub mean: f64,
    /// Median of the absolute errors. Unit: share.
    pub median: f64,
    /// Largest absolute error. Unit: share.
    pub max: f64,
}

impl Errors {
    /// Errors of a law over samples; `None` of no samples.
    #[must_use]
    pub fn of(law: &KernelLaw, samples: &[Sample]) -> Option<Self> {
        let mut errors: Vec<f64> =
            samples.iter().map(|sample| (us(law, sample) / sample.us - 1.0).abs()).collect();
        errors.sort_by(f64::total_cmp);
        let median = *errors.get(errors.len() / 2)?;
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        Some(Self { mean, median, max: *errors.last()? })
    }
}

/// Time of a sample's launch by a law, in microseconds.
#[must_use]
pub fn us(law: &KernelLaw, sample: &Sample) -> f64 {
    law.time(&sample.launch).as_ticks() as f64 / 1e9
}
