//! Time: whole ticks of a device's own clock inside this crate, femtoseconds outside of it.

use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// Femtoseconds, the one time type between crates.
pub type Femtos = fugit::Duration<u64, 1, 1_000_000_000_000_000>;

/// A count of ticks of a device's clock: an instant since the start of the simulation, or a distance between two.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Ticks(pub u64);

impl Add for Ticks {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Ticks {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Ticks {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

/// The device's command clock and how finely commands are placed on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Period of the command clock (tCK). Range: 1 to 1,000,000.
    pub period_ps: u64,
    /// Ticks in one clock: 1, or 2 where commands may use both edges. Unit: ticks. Range: 1 to 2.
    pub ticks_per_clock: u64,
}

impl Clock {
    /// The tick at or after an instant.
    #[must_use]
    pub fn tick_at(self, instant: Femtos) -> Ticks {
        let ticks = u128::from(instant.as_ticks()) * u128::from(self.ticks_per_clock);
        let period_fs = u128::from(self.period_ps) * 1000;
        Ticks(u64::try_from(ticks.div_ceil(period_fs)).unwrap_or(u64::MAX))
    }

    /// Length of a number of ticks, rounded up to the femtosecond.
    #[must_use]
    pub fn femtos(self, ticks: Ticks) -> Femtos {
        let fs = u128::from(ticks.0) * u128::from(self.period_ps) * 1000;
        let fs = fs.div_ceil(u128::from(self.ticks_per_clock));
        Femtos::from_ticks(u64::try_from(fs).unwrap_or(u64::MAX))
    }

    /// Whole clocks that cover a number of ticks.
    #[must_use]
    pub fn clocks(self, ticks: Ticks) -> u64 {
        ticks.0.div_ceil(self.ticks_per_clock)
    }

    /// Ticks of a number of clocks.
    #[must_use]
    pub fn ticks(self, clocks: u64) -> Ticks {
        Ticks(clocks * self.ticks_per_clock)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_round_up_to_the_next_tick_and_back_exactly() {
        let clock = Clock { period_ps: 625, ticks_per_clock: 2 };
        assert_eq!(clock.tick_at(Femtos::from_ticks(0)), Ticks(0));
        assert_eq!(clock.tick_at(Femtos::from_ticks(1)), Ticks(1));
        assert_eq!(clock.tick_at(Femtos::from_ticks(312_500)), Ticks(1));
        assert_eq!(clock.tick_at(Femtos::from_ticks(312_501)), Ticks(2));
        assert_eq!(clock.femtos(Ticks(3)), Femtos::from_ticks(937_500));
        assert_eq!(clock.clocks(Ticks(3)), 2);
        assert_eq!(clock.ticks(2), Ticks(4));
    }
}
