//! When the ranks' refreshes fall due.

use pim_dram::Ticks;

/// A rank of the pseudo-channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rank {
    /// The rank with the PIM units.
    Pim,
    /// The one without.
    Other,
}

/// The next refresh. The ranks take turns, the one with the PIM units first, half an interval in.
pub(super) struct Refresh {
    interval: Option<Ticks>,
    /// Refreshes done, of both ranks.
    done: u64,
}

impl Refresh {
    pub(super) fn new(interval: Option<Ticks>) -> Self {
        Self { interval, done: 0 }
    }

    /// When the next one falls due.
    pub(super) fn next_due(&self) -> Option<Ticks> {
        let round = self.done / 2;
        self.interval.map(|Ticks(interval)| match self.rank() {
            Rank::Pim => Ticks(interval / 2 + round * interval),
            Rank::Other => Ticks((round + 1) * interval),
        })
    }

    /// The rank that waits for its refresh.
    pub(super) fn pending(&self, now: Ticks) -> Option<Rank> {
        self.next_due().filter(|&due| due <= now).map(|_| self.rank())
    }

    /// The next one was sent.
    pub(super) fn done(&mut self) {
        self.done += 1;
    }

    fn rank(&self) -> Rank {
        if self.done.is_multiple_of(2) { Rank::Pim } else { Rank::Other }
    }
}
