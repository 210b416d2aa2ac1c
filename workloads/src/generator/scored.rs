//! Tokens that score every expert: those of requests that remember, and those whose gate looks at groups of experts.

use rand_pcg::Pcg64;

use super::requests::Requests;
use crate::gate::{GroupLimit, sigmoid, top_k};
use crate::variates::gumbel;

/// Routes the tokens of a layer.
#[derive(Clone, Debug)]
pub(super) struct Scored {
    pub(super) ln_weights: Vec<f64>,
    pub(super) noise: Noise,
    pub(super) group_limit: Option<GroupLimit>,
}

/// What is added to the log-weights, token by token.
#[derive(Clone, Debug)]
pub(super) enum Noise {
    /// Gumbel, each token for itself.
    Fresh(Pcg64),
    /// What the request remembers.
    Remembered(Requests),
}

impl Scored {
    /// Appends the experts of the next token of a request, the highest score first.
    pub(super) fn route(&mut self, request: usize, k: usize, expert_ids: &mut Vec<u16>) {
        let mut scores = self.ln_weights.clone();
        match &mut self.noise {
            Noise::Fresh(rng) => scores.iter_mut().for_each(|score| *score += gumbel(rng)),
            Noise::Remembered(requests) => requests.add_to(request, &mut scores),
        }
        if let Some(limit) = self.group_limit {
            scores.iter_mut().for_each(|score| *score = sigmoid(*score));
            limit.mask(&mut scores);
        }
        expert_ids.extend(top_k(&scores, k));
    }

    /// Another request takes the place of this one.
    pub(super) fn enter(&mut self, request: usize) {
        if let Noise::Remembered(requests) = &mut self.noise {
            requests.enter(request);
        }
    }
}
