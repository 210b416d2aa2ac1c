//! Recorded batches, replayed in order and again from the start.

use rand::RngExt;

use crate::counts;
use crate::rng::{Purpose, stream};
use crate::trace::Array;

/// Batches recorded token by token.
#[derive(Clone, Debug)]
pub(super) struct Batches {
    /// `[steps, layers, batch, k]`.
    expert_ids: Array<u16, 4>,
    /// The tokens that are followed, ascending.
    rows: Vec<usize>,
}

impl Batches {
    /// Follows `batch` of the recorded tokens, at most all, every choice being as likely.
    pub(super) fn new(expert_ids: &Array<u16, 4>, batch: usize, seed: u64) -> Self {
        let [_, _, recorded, _] = expert_ids.shape();
        let mut rng = stream(seed, Purpose::Rows, 0);
        let mut rows = Vec::with_capacity(batch);
        // Selection sampling (Knuth, TAOCP 3.4.2 S): a row is taken with probability still needed / still to come.
        for row in 0..recorded {
            if rng.random_range(0..(recorded - row) as u64) < (batch - rows.len()) as u64 {
                rows.push(row);
            }
        }
        Self { expert_ids: expert_ids.clone(), rows }
    }

    /// Appends the experts of the tokens of a step: `[layer][token][k]`.
    pub(super) fn route(&self, step: u64, expert_ids: &mut Vec<u16>) {
        let [steps, layers, recorded, k] = self.expert_ids.shape();
        let step = (step % steps as u64) as usize;
        for layer in 0..layers {
            for row in &self.rows {
                let first = ((step * layers + layer) * recorded + row) * k;
                expert_ids.extend(&self.expert_ids.values()[first..][..k]);
            }
        }
    }
}

/// Batches of which the tokens per expert were recorded.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    /// `[steps, layers, experts]`.
    counts: Array<u32, 3>,
    batch: usize,
}

impl Counts {
    pub(super) fn new(counts: &Array<u32, 3>, batch: usize) -> Self {
        Self { counts: counts.clone(), batch }
    }

    /// Appends experts of the tokens of a step that have the recorded counts: `[layer][token][k]`.
    pub(super) fn route(&self, step: u64, expert_ids: &mut Vec<u16>) {
        let [steps, layers, experts] = self.counts.shape();
        let step = (step % steps as u64) as usize;
        let first = step * layers * experts;
        for layer in self.counts.values()[first..][..layers * experts].chunks_exact(experts) {
            counts::deal(layer, self.batch, expert_ids);
        }
    }
}
