//! Means of several numbers at once.

/// Sums of statistics, for their means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Means<const N: usize> {
    sums: [f64; N],
    count: u64,
}

impl<const N: usize> Means<N> {
    pub(super) const NONE: Self = Self { sums: [0.0; N], count: 0 };

    pub(super) fn push(&mut self, values: [f64; N]) {
        self.count += 1;
        self.sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sums.iter_mut().zip(other.sums).for_each(|(sum, value)| *sum += value);
    }

    /// How many were summed.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// `None` of nothing.
    pub(super) fn mean(&self) -> Option<[f64; N]> {
        (self.count > 0).then(|| self.sums.map(|sum| sum / self.count as f64))
    }
}
