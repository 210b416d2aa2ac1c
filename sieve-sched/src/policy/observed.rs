//! How much longer things take than by themselves.

use crate::time::Femtos;

/// What a runtime has seen of the GPU's reads and of attention on PIM, which slow each other down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Reads, over bytes / bandwidth.
    pub reads: Stretch,
    /// Attention, over its time on idle channels.
    pub attention: Stretch,
}

/// A moving average of time taken over time expected; 1 before anything was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    per_mille: u64,
}

impl Default for Stretch {
    fn default() -> Self {
        Self { per_mille: 1000 }
    }
}

impl Stretch {
    /// How long something takes that is expected to take so long.
    #[must_use]
    pub fn of(self, expected: Femtos) -> Femtos {
        Femtos::from_ticks((expected.as_ticks() / 1000).saturating_mul(self.per_mille))
    }

    /// Enters an observation with a weight in percent.
    pub fn observe(&mut self, expected: Femtos, taken: Femtos, weight_percent: u32) {
        if expected.as_ticks() < 1000 {
            return;
        }
        let weight = u64::from(weight_percent.min(100));
        let seen = taken.as_ticks() / (expected.as_ticks() / 1000);
        self.per_mille = (self.per_mille * (100 - weight) + seen * weight) / 100;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_what_it_sees() {
        let us = Femtos::from_micros;
        let mut reads = Stretch::default();
        assert_eq!(reads.of(us(10)), us(10));
        reads.observe(us(10), us(18), 50);
        assert_eq!(reads.of(us(10)), us(14));
        reads.observe(us(0), us(5), 50);
        assert_eq!(reads.of(us(10)), us(14));
    }
}
