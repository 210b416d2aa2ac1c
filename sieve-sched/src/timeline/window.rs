//! The part of time that a timeline shows.

use crate::time::Femtos;

/// From an instant to another, which is no longer part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its begin.
    pub from: Femtos,
    /// Its end.
    pub to: Femtos,
}

impl Window {
    /// All of time.
    pub const ALL: Self = Self { from: Femtos::from_ticks(0), to: Femtos::from_ticks(u64::MAX) };

    /// Whether something that takes time lies in it, be it in part. It is then shown whole.
    #[must_use]
    pub fn meets(&self, start: Femtos, end: Femtos) -> bool {
        start < self.to && end > self.from
    }

    /// Whether an instant lies in it.
    #[must_use]
    pub fn holds(&self, at: Femtos) -> bool {
        self.from <= at && at < self.to
    }
}
