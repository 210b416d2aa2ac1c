//! What holds up a point.

use super::summary::PointSummary;

/// Share of the step from which on a unit is called the bottleneck.
const MOST: f64 = 0.5;

impl PointSummary {
    /// Share of the step that each unit is busy, the busiest first.
    #[must_use]
    pub fn busy_shares(&self) -> Vec<(&str, f64)> {
        let mut shares: Vec<(&str, f64)> = (self.busy_us_per_step.iter())
            .map(|(unit, us)| (unit.as_str(), us / self.step_time_us))
            .collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1));
        shares
    }

    /// The busiest unit; `dependencies`, what operations wait for each other, if no unit is busy for half of the step.
    #[must_use]
    pub fn bottleneck(&self) -> &str {
        let shares = self.busy_shares();
        shares.first().filter(|(_, share)| *share > MOST).map_or("dependencies", |(unit, _)| unit)
    }
}
