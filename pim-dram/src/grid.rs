//! Edges of the clock as a grid of ticks.

use crate::family::Edge;
use crate::time::Clock;

/// The ticks on which a command may issue: all, or every other one; small, as every plan has one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grid(u8);

impl Grid {
    pub(crate) fn new(clock: Clock, edge: Edge) -> Self {
        match edge {
            Edge::Any => Self(0),
            Edge::Rising => Self(u8::from(clock.ticks_per_clock > 1)),
        }
    }

    /// The first of them at or after a tick; clocks have one tick or two.
    #[inline]
    pub(crate) fn align(self, at: u64) -> u64 {
        let mask = u64::from(self.0);
        (at + mask) & !mask
    }

    /// How far a tick lies behind the last of them.
    pub(crate) fn phase(self, at: u64) -> u64 {
        at & u64::from(self.0)
    }

    /// The coarser of two.
    pub(crate) fn coarser(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The most that a command waits for its tick.
    pub(crate) fn most(self) -> u64 {
        self.0.into()
    }
}
