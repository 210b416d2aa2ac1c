//! How much longer things take than by themselves.

use crate::time::Femtos;

/// What a runtime has seen of the GPU's reads and of attention on PIM, which slow each other down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Reads while PIM stands still, over bytes / bandwidth.
    pub reads: Average,
    /// What reads lose of the time that PIM works beside them.
    pub lost: Average,
    /// Attention, over its time on idle channels.
    pub attention: Average,
}

/// What reads lose to PIM before any was seen, in percent; the first step that shows it replaces it. Assumption: a little more than
/// the 52 to 69 that `sieve traffic` gives for products of the presets' experts on `sieve-hbm3e`.
const LOST_AT_FIRST: u64 = 70;

impl Default for Observed {
    fn default() -> Self {
        Self {
            reads: Average::from_percent(100),
            lost: Average::from_percent(LOST_AT_FIRST),
            attention: Average::from_percent(100),
        }
    }
}

/// A moving average of the ratio of two times. The first observation counts in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Average {
    /// In parts of [`ONE`].
    ratio: u64,
    seen: bool,
}

/// A power of two, which costs a scheduler no division.
const ONE: u64 = 1024;

impl Average {
    /// What is taken for granted before anything was seen.
    #[must_use]
    pub const fn from_percent(percent: u64) -> Self {
        Self { ratio: percent * ONE / 100, seen: false }
    }

    /// The ratio times a time.
    #[must_use]
    pub fn of(self, time: Femtos) -> Femtos {
        let product = u128::from(time.as_ticks()) * u128::from(self.ratio) / u128::from(ONE);
        Femtos::from_ticks(u64::try_from(product).unwrap_or(u64::MAX))
    }

    /// Enters the ratio of two times with a weight in percent.
    pub fn observe(&mut self, time: Femtos, over: Femtos, weight_percent: u32) {
        let [time, over] = [time, over].map(|t| u128::from(t.as_ticks()));
        let Some(seen) = (time * u128::from(ONE)).checked_div(over) else { return };
        let seen = u64::try_from(seen).unwrap_or(u64::MAX / 100);
        let weight = if self.seen { u64::from(weight_percent.min(100)) } else { 100 };
        let ratio = (self.ratio * (100 - weight)).saturating_add(seen.saturating_mul(weight)) / 100;
        *self = Self { ratio, seen: true };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_what_it_sees() {
        let us = Femtos::from_micros;
        let mut reads = Average::from_percent(100);
        assert_eq!(reads.of(us(10)), us(10));
        reads.observe(us(20), us(10), 50);
        assert_eq!(reads.of(us(10)), us(20));
        reads.observe(us(15), us(10), 50);
        assert_eq!(reads.of(us(8)), us(14));
        reads.observe(us(5), us(0), 50);
        assert_eq!(reads.of(us(8)), us(14));
    }
}
