//! The cost table: what an expert with so many tokens was seen to take on PIM.

use crate::time::Femtos;

/// Moving averages by token count; a count never seen falls back to operations over PIM peak
/// (arXiv 2605.11277 section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostTable {
    /// By token count.
    seen: Vec<Option<Femtos>>,
    /// Roofline time of one token.
    peak_per_token: Femtos,
    /// Weight of a new observation, in percent.
    weight_percent: u32,
}

impl CostTable {
    /// An empty table.
    #[must_use]
    pub fn new(peak_per_token: Femtos, weight_percent: u32) -> Self {
        Self { seen: Vec::new(), peak_per_token, weight_percent }
    }

    /// The time of an expert with so many tokens.
    #[must_use]
    pub fn time(&self, tokens: u32) -> Femtos {
        let seen = self.seen.get(tokens as usize).copied().flatten();
        seen.unwrap_or_else(|| self.peak_per_token * tokens)
    }

    /// Enters an observation.
    pub fn observe(&mut self, tokens: u32, time: Femtos) {
        let index = tokens as usize;
        if self.seen.len() <= index {
            self.seen.resize(index + 1, None);
        }
        let weight = u128::from(self.weight_percent.min(100));
        self.seen[index] = Some(self.seen[index].map_or(time, |old| {
            let mixed =
                u128::from(old.as_ticks()) * (100 - weight) + u128::from(time.as_ticks()) * weight;
            Femtos::from_ticks(u64::try_from(mixed / 100).unwrap_or(u64::MAX))
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_back_to_the_peak_then_follows_what_it_sees() {
        let fs = Femtos::from_ticks;
        let mut table = CostTable::new(fs(100), 50);
        assert_eq!(table.time(3), fs(300));
        table.observe(3, fs(900));
        assert_eq!(table.time(3), fs(900));
        table.observe(3, fs(700));
        assert_eq!(table.time(3), fs(800));
        assert_eq!(table.time(2), fs(200));
    }
}
