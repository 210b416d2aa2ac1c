//! Tastes of requests, and noise that a request's next token remembers.

use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use crate::findings::Checks;
use crate::variates::{gumbel_at, normal};

/// How the tokens of a request are alike. Both at 0: tokens are independent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correlation {
    /// Standard deviation of the affinity of a request to an expert, which is added to the log-weight of the expert and keeps
    /// as long as the request. Range: 0 to 50.
    pub affinity_sigma: f64,
    /// Correlation, from one token of a request to its next, of the Gaussian that the Gumbel noise is made of. Range: 0 to 1.
    pub persistence: f64,
}

impl Correlation {
    pub(super) fn check(&self, checks: &mut Checks) {
        checks.range("correlation.affinity_sigma", self.affinity_sigma, 0.0..=50.0);
        checks.range("correlation.persistence", self.persistence, 0.0..=1.0);
    }
}

/// What the requests of a batch remember in one layer.
#[derive(Clone, Debug)]
pub(super) struct Requests {
    correlation: Correlation,
    experts: usize,
    /// Affinities of each request: `[request][expert]`.
    affinities: Vec<f64>,
    /// Standard normal that the noise of the next token is made of: `[request][expert]`.
    gaussians: Vec<f64>,
    entries: Pcg64,
    tokens: Pcg64,
}

impl Requests {
    pub(super) fn new(
        correlation: Correlation,
        experts: usize,
        requests: usize,
        [entries, tokens]: [Pcg64; 2],
    ) -> Self {
        let mut new = Self {
            correlation,
            experts,
            affinities: vec![0.0; requests * experts],
            gaussians: vec![0.0; requests * experts],
            entries,
            tokens,
        };
        (0..requests).for_each(|request| new.enter(request));
        new
    }

    /// Another request takes the place of this one.
    pub(super) fn enter(&mut self, request: usize) {
        let cells = request * self.experts..(request + 1) * self.experts;
        for affinity in &mut self.affinities[cells.clone()] {
            *affinity = self.correlation.affinity_sigma * normal(&mut self.entries);
        }
        self.gaussians[cells].fill_with(|| normal(&mut self.entries));
    }

    /// Adds affinity and noise of the request's next token to the scores of the experts.
    pub(super) fn add_to(&mut self, request: usize, scores: &mut [f64]) {
        let cells = request * self.experts..(request + 1) * self.experts;
        let kept = self.correlation.persistence;
        // Keeps the variance at 1.
        let fresh = (1.0 - kept * kept).sqrt();
        let remembered = self.affinities[cells.clone()].iter().zip(&mut self.gaussians[cells]);
        for (score, (affinity, gaussian)) in scores.iter_mut().zip(remembered) {
            *score += affinity + gumbel_at(*gaussian);
            *gaussian = kept * *gaussian + fresh * normal(&mut self.tokens);
        }
    }
}
