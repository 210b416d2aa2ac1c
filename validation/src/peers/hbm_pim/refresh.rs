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

/// The refreshes. The ranks take turns, the one with the PIM units first, half an interval in.
pub(super) struct Refresh {
    interval: Option<Ticks>,
    /// Refreshes that have fallen due, of both ranks.
    fallen: u64,
    /// The last of them, until it is done. One that still waits when the next falls due is forgotten.
    pending: Option<Rank>,
}

impl Refresh {
    pub(super) fn new(interval: Option<Ticks>) -> Self {
        Self { interval, fallen: 0, pending: None }
    }

    /// When the next one falls due.
    pub(super) fn next_due(&self) -> Option<Ticks> {
        let round = self.fallen / 2;
        self.interval.map(|Ticks(interval)| match self.next_rank() {
            Rank::Pim => Ticks(interval / 2 + round * interval),
            Rank::Other => Ticks((round + 1) * interval),
        })
    }

    /// The rank that waits for its refresh.
    pub(super) fn pending(&mut self, now: Ticks) -> Option<Rank> {
        while self.next_due().is_some_and(|due| due <= now) {
            self.pending = Some(self.next_rank());
            self.fallen += 1;
        }
        self.pending
    }

    /// The one that waited was sent.
    pub(super) fn done(&mut self) {
        self.pending = None;
    }

    fn next_rank(&self) -> Rank {
        if self.fallen.is_multiple_of(2) { Rank::Pim } else { Rank::Other }
    }
}
