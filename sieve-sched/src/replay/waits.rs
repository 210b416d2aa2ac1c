//! How long GPUs wait for the slowest one before they can exchange anything.

use crate::replay::graph::Op;
use crate::replay::list::Span;
use crate::time::Femtos;

/// Name of the meeting point of one GPU: all that it does before a collective is done.
pub(super) const ARRIVED: &str = "arrived";
/// Name of the meeting point of all GPUs.
pub(super) const ALL_ARRIVED: &str = "all arrived";

/// Sums over the collectives of a step. The wait before one is the time of the last arrival less the mean of all; a sum of
/// differences is the difference of sums, so that nothing has to know which arrival belongs to which collective.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waits {
    last: u128,
    arrivals: u128,
}

impl Waits {
    /// An operation has ended.
    pub(super) fn span(&mut self, op: &Op, span: Span) {
        match op.name {
            ARRIVED => self.arrivals += u128::from(span.end.as_ticks()),
            ALL_ARRIVED => self.last += u128::from(span.end.as_ticks()),
            _ => {}
        }
    }

    /// Mean over GPUs of the time that they waited, all collectives together.
    pub(super) fn mean(&self, gpus: usize) -> Femtos {
        let gpus = gpus.max(1) as u128;
        let waited = (gpus * self.last).saturating_sub(self.arrivals).div_ceil(gpus);
        Femtos::from_ticks(u64::try_from(waited).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::kernels::meet;

    fn wait(spans: &[(&'static str, u64)], gpus: usize) -> u64 {
        let mut waits = Waits::default();
        for &(name, end) in spans {
            let end = Femtos::from_ticks(end);
            let op = Op { name, gpu: 0, group: 0, takes: meet() };
            waits.span(&op, Span { ready: end, start: end, end });
        }
        waits.mean(gpus).as_ticks()
    }

    #[test]
    fn the_last_arrival_less_the_mean_of_all_summed_over_collectives() {
        // One collective at 10, its GPUs there at 4 and 10, and one beside it at 12, there at 12 and 11.
        let spans = [
            (ARRIVED, 4),
            (ARRIVED, 11),
            (ARRIVED, 10),
            (ALL_ARRIVED, 10),
            ("experts", 11),
            (ARRIVED, 12),
            (ALL_ARRIVED, 12),
        ];
        // 3 and a half, rounded up.
        assert_eq!(wait(&spans, 2), 4);
        assert_eq!(wait(&[(ARRIVED, 7), (ALL_ARRIVED, 7)], 1), 0);
        assert_eq!(wait(&[], 4), 0);
    }
}
