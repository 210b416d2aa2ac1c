//! Independent tokens.
//!
//! A token's experts are drawn one after another, without replacement, each with a probability proportional to its weight
//! among those that are left. That is the Plackett-Luce law, the same distribution as the `k` largest of log-weight plus
//! Gumbel noise, at one random number per chosen expert instead of one per expert.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::sum_tree::SumTree;

/// Routes the tokens of a layer.
#[derive(Clone, Debug)]
pub(crate) struct PlackettLuce {
    weights: Vec<f64>,
    /// The weights without the experts that the present token has already.
    left: SumTree,
    tokens: Pcg64,
}

impl PlackettLuce {
    /// Weights are above 0.
    pub(crate) fn new(weights: Vec<f64>, tokens: Pcg64) -> Self {
        Self { left: SumTree::new(&weights), weights, tokens }
    }

    /// Appends the experts of the next token, in the order they are drawn.
    pub(crate) fn route(&mut self, top_k: usize, expert_ids: &mut Vec<u16>) {
        let first = expert_ids.len();
        for _ in 0..top_k {
            let expert = self.left.at(self.tokens.random());
            self.left.set_weight(expert, 0.0);
            expert_ids.push(expert as u16);
        }
        for expert in expert_ids[first..].iter().copied().map(usize::from) {
            self.left.set_weight(expert, self.weights[expert]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::top_k;
    use crate::rng::{Purpose, stream};
    use crate::variates::gumbel;

    /// The k largest of log-weight plus Gumbel noise, as the law is usually stated.
    fn gumbel_top_k(weights: &[f64], k: usize, rng: &mut Pcg64) -> Vec<u16> {
        let noisy: Vec<f64> = weights.iter().map(|w| libm::log(*w) + gumbel(rng)).collect();
        top_k(&noisy, k)
    }

    /// Every ordered choice of two out of four experts is as frequent as under Gumbel top-k.
    #[test]
    fn is_gumbel_top_k() {
        const DRAWS: u32 = 100_000;
        let weights = vec![1.0, 0.02, 0.5, 0.2];
        let mut gumbel = stream(5, Purpose::Popularity, 0);
        let mut router = PlackettLuce::new(weights.clone(), stream(5, Purpose::Tokens, 0));
        let (mut ours, mut theirs) = ([[0.0_f64; 4]; 4], [[0.0_f64; 4]; 4]);
        for _ in 0..DRAWS {
            let mut ids = Vec::new();
            router.route(2, &mut ids);
            ours[usize::from(ids[0])][usize::from(ids[1])] += 1.0;
            let ids = gumbel_top_k(&weights, 2, &mut gumbel);
            theirs[usize::from(ids[0])][usize::from(ids[1])] += 1.0;
        }
        for (ours, theirs) in ours.iter().flatten().zip(theirs.iter().flatten()) {
            let error = (ours + theirs).sqrt();
            assert!((ours - theirs).abs() <= 4.0 * error, "{ours} and {theirs} of {DRAWS}");
        }
    }
}
