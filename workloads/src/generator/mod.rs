//! Seeded synthetic routing.
//!
//! A token's experts are drawn one after another, without replacement, each with a probability proportional to its weight
//! among those that are left. That is the Plackett-Luce law, the same distribution as the `k` largest of log-weight plus
//! Gumbel noise, at one random number per chosen expert instead of one per expert.

mod spec;
mod sum_tree;

use rand::RngExt;
use rand_pcg::Pcg64;

pub use spec::{GeneratorSpec, PRESETS, Popularity};

use crate::model::Experts;
use crate::rng::{Purpose, stream};
use sum_tree::SumTree;

/// Routes tokens through all layers of a model. Layers have independent streams: their popularity is drawn once, their tokens
/// one after another.
#[derive(Clone, Debug)]
pub struct Generator {
    layers: Vec<LayerRouter>,
    top_k: usize,
}

#[derive(Clone, Debug)]
struct LayerRouter {
    weights: Vec<f64>,
    /// The weights without the experts that the present token has already.
    left: SumTree,
    tokens: Pcg64,
}

impl Generator {
    /// Draws the popularity of the experts of `layers` layers. `experts` and `law` are checked ones.
    #[must_use]
    pub fn new(law: Popularity, experts: &Experts, layers: u32, seed: u64) -> Self {
        let router = |layer| {
            let weights = weights(law, experts.count, seed, layer);
            LayerRouter::new(weights, stream(seed, Purpose::Tokens, layer))
        };
        Self { layers: (0..layers).map(router).collect(), top_k: experts.top_k as usize }
    }

    /// Appends the experts of the next `tokens` tokens of each layer: `[layer][token][k]`, in the order they were drawn.
    pub fn route(&mut self, tokens: usize, expert_ids: &mut Vec<u16>) {
        for layer in &mut self.layers {
            for _ in 0..tokens {
                layer.route_token(self.top_k, expert_ids);
            }
        }
    }
}

impl LayerRouter {
    fn new(weights: Vec<f64>, tokens: Pcg64) -> Self {
        Self { left: SumTree::new(&weights), weights, tokens }
    }

    fn route_token(&mut self, top_k: usize, expert_ids: &mut Vec<u16>) {
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

/// Weights of the experts of a layer, the largest being 1.
fn weights(law: Popularity, experts: u32, seed: u64, layer: u32) -> Vec<f64> {
    let mut rng = stream(seed, Purpose::Popularity, layer);
    let ln: Vec<_> = (0..experts).map(|_| law.ln_weight(&mut rng)).collect();
    let top = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // A weight stays above 0 so that k experts can always be drawn; such a one is drawn only when nothing else is left.
    ln.iter().map(|w| libm::exp(w - top).max(f64::MIN_POSITIVE)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WeightFormat;
    use crate::variates::uniform;

    /// The k largest of log-weight plus Gumbel noise, as the law is usually stated.
    fn gumbel_top_k(weights: &[f64], top_k: usize, rng: &mut Pcg64) -> Vec<u16> {
        let noisy = |w: &f64| libm::log(*w) - libm::log(-libm::log(uniform(rng)));
        let z: Vec<_> = weights.iter().map(noisy).collect();
        let mut ids: Vec<u16> = (0..weights.len() as u16).collect();
        ids.sort_by(|&a, &b| z[usize::from(b)].total_cmp(&z[usize::from(a)]));
        ids.truncate(top_k);
        ids
    }

    /// Every ordered choice of two out of four experts is as frequent as under Gumbel top-k.
    #[test]
    fn is_gumbel_top_k() {
        const DRAWS: u32 = 100_000;
        let weights = vec![1.0, 0.02, 0.5, 0.2];
        let mut gumbel = stream(5, Purpose::Popularity, 0);
        let mut router = LayerRouter::new(weights.clone(), stream(5, Purpose::Tokens, 0));
        let (mut ours, mut theirs) = ([[0.0_f64; 4]; 4], [[0.0_f64; 4]; 4]);
        for _ in 0..DRAWS {
            let mut ids = Vec::new();
            router.route_token(2, &mut ids);
            ours[usize::from(ids[0])][usize::from(ids[1])] += 1.0;
            let ids = gumbel_top_k(&weights, 2, &mut gumbel);
            theirs[usize::from(ids[0])][usize::from(ids[1])] += 1.0;
        }
        for (ours, theirs) in ours.iter().flatten().zip(theirs.iter().flatten()) {
            let error = (ours + theirs).sqrt();
            assert!((ours - theirs).abs() <= 4.0 * error, "{ours} and {theirs} of {DRAWS}");
        }
    }

    #[test]
    fn all_experts_can_be_chosen_however_unequal() {
        let law = Popularity::Gengamma { shape: 0.01, power: 10.0 };
        let experts = Experts { count: 9, top_k: 9, intermediate: 1, weights: WeightFormat::Bf16 };
        let mut ids = Vec::new();
        Generator::new(law, &experts, 50, 1).route(1, &mut ids);
        for token in ids.chunks_mut(9) {
            token.sort_unstable();
            assert_eq!(token, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        }
    }

    /// The same bytes on every platform and in every version: recorded results depend on them.
    #[test]
    fn draws_are_pinned() {
        let law = Popularity::Bimodal { sigma: 0.744, cold_share: 0.501, offset: 1.842 };
        let experts =
            Experts { count: 512, top_k: 4, intermediate: 1, weights: WeightFormat::Bf16 };
        let mut ids = Vec::new();
        Generator::new(law, &experts, 2, 42).route(2, &mut ids);
        assert_eq!(
            ids,
            [78, 179, 461, 350, 282, 227, 269, 152, 132, 395, 61, 229, 296, 57, 404, 91]
        );
    }
}
