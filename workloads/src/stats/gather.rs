//! Batches of random tokens of random requests: which tokens is drawn first, then one pass over the trace adds them up.

use std::path::Path;

use super::outline::Outline;
use super::survey::{Survey, Tally};
use crate::decode::draw_token;
use crate::rng::{Purpose, stream};
use crate::trace::{Expected, Format, Head, Part, Problem, Rows, Sink, TraceError, scan};

/// Counters in memory at a time: 64 MiB of them. More are filled in further passes.
const COUNTERS: usize = 1 << 24;

/// Drawn tokens in memory at a time: 32 MiB of them.
const PICKS: usize = 1 << 21;

/// Fills the tallies of batch sizes, all of one group.
pub(super) fn requests(
    path: &Path,
    format: Option<Format>,
    expected: &Expected,
    head: &Head,
    outline: &Outline,
    survey: &Survey,
    tallies: &mut [Tally],
) -> Result<(), TraceError> {
    let width = tallies.first().map_or(0, |tally| tally.layers.len()) * head.experts as usize;
    let mut pass = Pass { width, experts: head.experts as usize, ..Pass::default() };
    let mut whose = Vec::new();
    for at in 0..tallies.len() {
        let batch = tallies[at].batch;
        let mut rng = stream(survey.seed, Purpose::Requests, batch as u32);
        for _ in 0..survey.draws {
            let job = whose.len();
            whose.push(at);
            let token = |_| (draw_token(&outline.bounds, &mut rng).0, job);
            pass.picks.extend((0..batch).map(token));
            if pass.picks.len() >= PICKS || whose.len() * width >= COUNTERS {
                pass.run(path, format, expected, &mut whose, tallies)?;
            }
        }
    }
    pass.run(path, format, expected, &mut whose, tallies)
}

/// One pass over a trace.
#[derive(Default)]
struct Pass {
    /// Counters of a batch: layers times experts.
    width: usize,
    experts: usize,
    /// Token of the trace, and number of the batch; sorted.
    picks: Vec<(usize, usize)>,
    /// `[batch, layer, expert]`.
    counts: Vec<u32>,
    token: usize,
    next: usize,
}

impl Pass {
    /// Counts the batches drawn so far; `whose` says which tally each belongs to.
    fn run(
        &mut self,
        path: &Path,
        format: Option<Format>,
        expected: &Expected,
        whose: &mut Vec<usize>,
        tallies: &mut [Tally],
    ) -> Result<(), TraceError> {
        if whose.is_empty() {
            return Ok(());
        }
        self.picks.sort_unstable();
        self.counts = vec![0; whose.len() * self.width];
        (self.token, self.next) = (0, 0);
        scan(path, format, expected, self)?;
        for (counts, at) in self.counts.chunks_exact(self.width).zip(whose.drain(..)) {
            for (layer, counts) in counts.chunks_exact(self.experts).enumerate() {
                tallies[at].push(layer, counts);
            }
        }
        self.picks.clear();
        Ok(())
    }
}

impl Sink for Pass {
    fn begin(&mut self, _: &Head) -> Result<(), Problem> {
        Ok(())
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(), Problem> {
        let Rows::Ids(ids) = part.rows else { return Ok(()) };
        let k = ids.len() / part.layers.len();
        while let Some(&(token, job)) = self.picks.get(self.next)
            && token == self.token
        {
            let counts = &mut self.counts[job * self.width..][..self.width];
            for (counts, ids) in counts.chunks_exact_mut(self.experts).zip(ids.chunks_exact(k)) {
                ids.iter().for_each(|&id| counts[usize::from(id)] += 1);
            }
            self.next += 1;
        }
        self.token += 1;
        Ok(())
    }
}
