//! What a step took of what slows each other down, as a runtime sees it.

use crate::policy::Observed;
use crate::time::{Femtos, ZERO};

/// Sums over a step and all GPUs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// Reads that PIM left alone.
    alone: Reads,
    /// The others.
    disturbed: Reads,
    /// How long PIM worked beside those.
    beside: Femtos,
    /// Attention on PIM.
    pub(super) attention: Femtos,
}

#[derive(Clone, Copy, Debug)]
struct Reads {
    /// At the bandwidth of the data sheet.
    expected: Femtos,
    taken: Femtos,
}

impl Reads {
    const NONE: Self = Self { expected: ZERO, taken: ZERO };
}

impl Seen {
    /// Of a step that has not begun.
    pub(super) const NOTHING: Self =
        Self { alone: Reads::NONE, disturbed: Reads::NONE, beside: ZERO, attention: ZERO };

    /// The GPU has read, and for so long PIM worked beside it.
    pub(super) fn read(&mut self, expected: Femtos, taken: Femtos, beside: Femtos) {
        let reads = if beside == ZERO { &mut self.alone } else { &mut self.disturbed };
        reads.expected = reads.expected.saturating_add(expected);
        reads.taken += taken;
        self.beside += beside;
    }

    /// Enters the step, whose attention was expected to take so long, with a weight in percent.
    pub(super) fn enter(&self, observed: &mut Observed, attention: Femtos, weight_percent: u32) {
        observed.reads.observe(self.alone.taken, self.alone.expected, weight_percent);
        let undisturbed = observed.reads.of(self.disturbed.expected);
        let lost = self.disturbed.taken - undisturbed.min(self.disturbed.taken);
        observed.lost.observe(lost, self.beside, weight_percent);
        observed.attention.observe(self.attention, attention, weight_percent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lose_what_they_take_beyond_their_time_alone() {
        let us = Femtos::from_micros;
        let mut seen = Seen::NOTHING;
        // Alone a read takes 5/4 of its time by the data sheet, so that 4 us become 5. PIM was at work for 8 us beside it, 6 are lost.
        seen.read(us(4), us(5), ZERO);
        seen.read(us(4), us(11), us(8));
        seen.attention = us(3);
        let mut observed = Observed::default();
        seen.enter(&mut observed, us(2), 50);
        assert_eq!(observed.reads.of(us(8)), us(10));
        assert_eq!(observed.lost.of(us(8)), us(6));
        assert_eq!(observed.attention.of(us(2)), us(3));
        // A step without either leaves all as it is.
        let before = observed;
        Seen::NOTHING.enter(&mut observed, ZERO, 50);
        assert_eq!(observed, before);
    }
}
