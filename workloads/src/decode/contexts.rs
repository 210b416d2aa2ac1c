//! Context lengths of the requests of a batch.

use rand::RngExt;
use rand_pcg::Pcg64;

use crate::lengths::KvLengths;
use crate::rng::{Purpose, stream};
use crate::variates::uniform;

/// Tokens in the KV cache of each request.
#[derive(Clone, Debug)]
pub(super) struct Contexts {
    lengths: KvLengths,
    /// Probability that a request of unknown end ends with a step.
    ends: f64,
    rng: Pcg64,
    tokens: Vec<u32>,
}

impl Contexts {
    pub(super) fn new(lengths: KvLengths, batch: usize, seed: u64) -> Self {
        let mut rng = stream(seed, Purpose::Contexts, 0);
        let tokens = (0..batch).map(|_| lengths.draw(&mut rng)).collect();
        Self { ends: 2.0 / (lengths.mean() + 1.0), lengths, rng, tokens }
    }

    pub(super) fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// A new request, of a fresh length.
    pub(super) fn enter(&mut self, slot: usize) {
        self.tokens[slot] = self.lengths.draw(&mut self.rng);
    }

    /// A request goes on.
    pub(super) fn grow(&mut self, slot: usize) {
        self.tokens[slot] = self.tokens[slot].saturating_add(1);
    }

    /// All requests go on or end by chance, such that the mean of the law is kept: a request grows by one token with
    /// probability 1 - p, and with p = 2 / (m + 1) drops from m tokens, on average, to the (m + 1) / 2 of a uniform position
    /// inside a fresh draw. `entered` is told the slots of new requests.
    pub(super) fn renew(&mut self, mut entered: impl FnMut(usize)) {
        for slot in 0..self.tokens.len() {
            if uniform(&mut self.rng) < self.ends {
                self.enter(slot);
                entered(slot);
                self.tokens[slot] = self.rng.random_range(1..=self.tokens[slot]);
            } else {
                self.grow(slot);
            }
        }
    }
}
