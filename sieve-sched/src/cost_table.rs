//! The cost table: what an expert with so many tokens was seen to take on PIM.

use serde::Serialize;

use crate::time::Femtos;

/// How far the entries that a step was placed with were from what its experts then took on PIM.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct TableError {
    /// Experts on PIM, over all layers, mini-batches and GPUs.
    pub experts: u64,
    /// Those of them with a count that had never been observed.
    pub unseen: u64,
    /// Mean over experts of |entry - time| / time.
    pub mean: f64,
    /// The largest of these.
    pub max: f64,
    /// Sum of all entries over sum of all times, less 1.
    pub sum: f64,
}

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
        self.seen(tokens).unwrap_or_else(|| self.peak_per_token * tokens)
    }

    /// The same if such an expert was ever observed.
    #[must_use]
    pub fn seen(&self, tokens: u32) -> Option<Femtos> {
        self.seen.get(tokens as usize).copied().flatten()
    }

    /// How far its entries are from what experts took, each given by its tokens and its time.
    #[must_use]
    pub fn error(&self, took: impl IntoIterator<Item = (u32, Femtos)>) -> TableError {
        let mut error = TableError::default();
        let (mut entries, mut times) = (0.0, 0.0);
        for (tokens, time) in took {
            let [entry, time] = [self.time(tokens), time].map(|t| t.as_ticks() as f64);
            let relative = if time > 0.0 { (entry - time).abs() / time } else { 0.0 };
            error.experts += 1;
            error.unseen += u64::from(self.seen(tokens).is_none());
            error.mean += relative;
            error.max = error.max.max(relative);
            (entries, times) = (entries + entry, times + time);
        }
        if times > 0.0 {
            error.mean /= error.experts as f64;
            error.sum = entries / times - 1.0;
        }
        error
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

    #[test]
    fn errors_are_relative_to_what_experts_took() {
        let fs = Femtos::from_ticks;
        let mut table = CostTable::new(fs(100), 50);
        table.observe(2, fs(440));
        let took = [(2, fs(400)), (2, fs(500)), (1, fs(200))];
        let error = table.error(took);
        assert_eq!((error.experts, error.unseen, error.max), (3, 1, 0.5));
        assert!((error.mean - (0.1 + 0.12 + 0.5) / 3.0).abs() < 1e-12);
        assert!((error.sum - (980.0 / 1100.0 - 1.0)).abs() < 1e-12);
        assert_eq!(table.error([]), TableError::default());
    }

    #[test]
    fn an_entry_nears_a_steady_time_by_its_weight() {
        let fs = Femtos::from_ticks;
        for (weight, left) in [(10, 0.9_f64), (25, 0.75), (50, 0.5), (100, 0.0)] {
            let mut table = CostTable::new(fs(1), weight);
            table.observe(1, fs(2_000_000));
            (0..4).for_each(|_| table.observe(1, fs(1_000_000)));
            let off = table.error([(1, fs(1_000_000))]).mean;
            assert!((off - left.powi(4)).abs() < 1e-5, "{weight} %: {off}");
        }
    }
}
