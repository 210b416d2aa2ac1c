//! The cost table: what an expert with so many tokens was seen to take on PIM.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::time::Femtos;

/// Tokens of an expert on PIM, and the time that it took.
pub type Took = (u32, Femtos);

/// How far the entries that an iteration was placed with were from what its experts then took on PIM.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableError {
    /// Experts on PIM, over all layers, mini-batches and GPUs.
    pub experts: u64,
    /// Those of them with a count that had never been observed.
    pub unseen: u64,
    /// Mean over experts of |entry - time| / time.
    pub mean: f64,
    /// The largest of these.
    pub max: f64,
    /// Mean over experts of the same against the mean time of all experts with that count: the fault of the entry, not of a
    /// refresh that one expert met and another did not.
    pub of_counts: f64,
    /// Sum of all entries / sum of all times - 1.
    pub of_sum: f64,
}

/// Moving averages by token count; a count never seen falls back to operations over PIM peak
/// (arXiv 2605.11277 section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostTable {
    /// By token count.
    seen: Vec<Option<Femtos>>,
    /// Roofline time of one token.
    peak_per_token: Femtos,
    /// Mean time of a token in the last iteration with experts.
    seen_per_token: Option<Femtos>,
    /// Weight of a new observation, in percent.
    weight_percent: u32,
}

impl CostTable {
    /// An empty table.
    #[must_use]
    pub fn new(peak_per_token: Femtos, weight_percent: u32) -> Self {
        Self { seen: Vec::new(), peak_per_token, seen_per_token: None, weight_percent }
    }

    /// The time of an expert with so many tokens.
    #[must_use]
    pub fn time(&self, tokens: u32) -> Femtos {
        self.seen(tokens).unwrap_or_else(|| self.peak_per_token * tokens)
    }

    /// The same, where a count never seen takes as long for each token as others did.
    #[must_use]
    pub fn scaled(&self, tokens: u32) -> Femtos {
        let per_token = self.seen_per_token.unwrap_or(self.peak_per_token);
        self.seen(tokens).unwrap_or_else(|| per_token * tokens)
    }

    /// The same if such an expert was ever observed.
    #[must_use]
    pub fn seen(&self, tokens: u32) -> Option<Femtos> {
        self.seen.get(tokens as usize).copied().flatten()
    }

    /// Enters what the experts of an iteration took: of each count the mean.
    pub fn learn(&mut self, took: &[Took]) {
        let sum = |(n, time): (u64, u64), &(tokens, took): &Took| {
            (n + u64::from(tokens), time + took.as_ticks())
        };
        let (tokens, time) = took.iter().fold((0, 0), sum);
        if let Some(mean) = time.checked_div(tokens) {
            self.seen_per_token = Some(Femtos::from_ticks(mean));
        }
        for (tokens, (_, time)) in means(took) {
            let index = tokens as usize;
            if self.seen.len() <= index {
                self.seen.resize(index + 1, None);
            }
            let weight = u128::from(self.weight_percent.min(100));
            self.seen[index] = Some(self.seen[index].map_or(time, |old| {
                let mixed = u128::from(old.as_ticks()) * (100 - weight)
                    + u128::from(time.as_ticks()) * weight;
                Femtos::from_ticks(u64::try_from(mixed / 100).unwrap_or(u64::MAX))
            }));
        }
    }

    /// How far its entries are from what experts took.
    #[must_use]
    pub fn error(&self, took: &[Took]) -> TableError {
        let mut error = TableError::default();
        let (mut entries, mut times) = (0.0, 0.0);
        for &(tokens, time) in took {
            let off = off(self.time(tokens), time);
            error.experts += 1;
            error.unseen += u64::from(self.seen(tokens).is_none());
            error.mean += off;
            error.max = error.max.max(off);
            entries += self.time(tokens).as_ticks() as f64;
            times += time.as_ticks() as f64;
        }
        if times > 0.0 {
            let experts = error.experts as f64;
            let by_count = means(took).into_iter();
            let by_count = by_count.map(|(n, (of, mean))| of as f64 * off(self.time(n), mean));
            error.mean /= experts;
            error.of_counts = by_count.sum::<f64>() / experts;
            error.of_sum = entries / times - 1.0;
        }
        error
    }
}

/// By count, how many experts, and their mean time.
fn means(took: &[Took]) -> BTreeMap<u32, (u64, Femtos)> {
    let mut sums: BTreeMap<u32, (u64, Femtos)> = BTreeMap::new();
    for &(tokens, time) in took {
        let (experts, sum) = sums.entry(tokens).or_insert((0, Femtos::from_ticks(0)));
        *experts += 1;
        *sum += time;
    }
    for (experts, sum) in sums.values_mut() {
        *sum = Femtos::from_ticks(sum.as_ticks() / *experts);
    }
    sums
}

fn off(entry: Femtos, time: Femtos) -> f64 {
    let time = (time.as_ticks() as f64).max(1.0);
    (entry.as_ticks() as f64 - time).abs() / time
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fs(ticks: u64) -> Femtos {
        Femtos::from_ticks(ticks)
    }

    #[test]
    fn falls_back_to_the_peak_then_follows_what_it_sees() {
        let mut table = CostTable::new(fs(100), 50);
        assert_eq!(table.time(3), fs(300));
        table.learn(&[(3, fs(900))]);
        assert_eq!(table.time(3), fs(900));
        // An iteration counts once, however many experts it had.
        table.learn(&[(3, fs(600)), (3, fs(800))]);
        assert_eq!(table.time(3), fs(800));
        assert_eq!(table.time(2), fs(200));
    }

    #[test]
    fn scales_what_it_never_saw_by_what_others_took_last() {
        let mut table = CostTable::new(fs(100), 50);
        assert_eq!(table.scaled(3), fs(300));
        table.learn(&[(3, fs(900)), (1, fs(100))]);
        assert_eq!([1, 2, 3].map(|n| table.scaled(n)), [fs(100), fs(500), fs(900)]);
        table.learn(&[(1, fs(200))]);
        table.learn(&[]);
        assert_eq!([1, 2, 3].map(|n| table.scaled(n)), [fs(150), fs(400), fs(900)]);
    }

    #[test]
    fn errors_are_relative_to_what_experts_took() {
        let mut table = CostTable::new(fs(100), 50);
        table.learn(&[(2, fs(440))]);
        let error = table.error(&[(2, fs(400)), (2, fs(600)), (1, fs(200))]);
        assert_eq!((error.experts, error.unseen, error.max), (3, 1, 0.5));
        let near = |value: f64, expected: f64| (value - expected).abs() < 1e-12;
        assert!(near(error.mean, (0.1 + 160.0 / 600.0 + 0.5) / 3.0));
        assert!(near(error.of_counts, (2.0 * 60.0 / 500.0 + 0.5) / 3.0));
        assert!(near(error.of_sum, 980.0 / 1200.0 - 1.0));
        assert_eq!(table.error(&[]), TableError::default());
    }

    #[test]
    fn an_entry_nears_a_steady_time_by_its_weight() {
        for (weight, left) in [(10, 0.9_f64), (25, 0.75), (50, 0.5), (100, 0.0)] {
            let mut table = CostTable::new(fs(1), weight);
            table.learn(&[(1, fs(2_000_000))]);
            (0..4).for_each(|_| table.learn(&[(1, fs(1_000_000))]));
            let off = table.error(&[(1, fs(1_000_000))]).mean;
            assert!((off - left.powi(4)).abs() < 1e-5, "{weight} %: {off}");
        }
    }
}
