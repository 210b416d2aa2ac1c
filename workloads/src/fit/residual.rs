//! How far routing is from its targets.

use serde::Serialize;

use super::targets::Targets;
use crate::stats::LoadStats;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// Activated routed experts over all routed experts.
    Activated,
    /// Share of the activated experts that have one token.
    OneToken,
    /// Share of the activated experts that have one to four tokens.
    UpToFour,
}

/// A statistic beside its target.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Residual {
    /// Requests of the batch.
    pub batch: u32,
    /// What is compared.
    pub statistic: Statistic,
    /// What it should be. Unit: 0 to 1.
    pub target: f64,
    /// What it is. Unit: 0 to 1.
    pub found: f64,
    /// `found` - `target`. Unit: percentage points.
    pub points: f64,
}

/// What is found at the batch size of each row, beside each statistic that the row has.
pub(super) fn compare(targets: &Targets, found: &[LoadStats]) -> Vec<Residual> {
    let experts = f64::from(targets.shape.experts);
    let mut residuals = Vec::new();
    for (row, found) in targets.rows.iter().zip(found) {
        let statistics = [
            (Statistic::Activated, row.activated.map(|n| n / experts), found.activated / experts),
            (Statistic::OneToken, row.one_token, found.one_token),
            (Statistic::UpToFour, row.up_to_four, found.up_to_four),
        ];
        residuals.extend(statistics.into_iter().filter_map(|(statistic, target, found)| {
            let target = target?;
            let points = 100.0 * (found - target);
            Some(Residual { batch: row.batch, statistic, target, found, points })
        }));
    }
    residuals
}

/// Root mean square, in percentage points.
#[must_use]
pub fn rms_points(residuals: &[Residual]) -> f64 {
    let squares: f64 = residuals.iter().map(|residual| residual.points * residual.points).sum();
    (squares / residuals.len().max(1) as f64).sqrt()
}
