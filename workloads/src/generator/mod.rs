//! Seeded synthetic routing.
//!
//! Per layer each expert has a log-weight from a law of popularity; a token visits the `k` experts with the largest log-weight
//! plus Gumbel noise. Tokens are independent given the weights, unless a correlation says how those of a request are alike, or
//! a group limit how many groups of experts a token may visit.

mod plackett_luce;
mod popularity;
mod requests;
mod scored;
mod spec;
mod sum_tree;

pub(crate) use plackett_luce::PlackettLuce;
pub use popularity::Popularity;
pub(crate) use popularity::weights;
pub use requests::Correlation;
pub use spec::{GeneratorSpec, PRESETS};

use crate::findings::Findings;
use crate::model::Experts;
use crate::rng::{Phase, stream};
use requests::Requests;
use scored::{Noise, Scored};

/// Routes tokens through all layers of a model. Layers have independent streams: their popularity is drawn once, their tokens
/// one after another.
#[derive(Clone, Debug)]
pub struct Generator {
    layers: Layers,
    top_k: usize,
}

#[derive(Clone, Debug)]
enum Layers {
    Independent(Vec<PlackettLuce>),
    Scored(Vec<Scored>),
}

impl Generator {
    /// Draws the popularity of the experts of `layers` layers, and what the `requests` of a batch remember.
    ///
    /// # Errors
    /// Parameters out of range, and a group limit that does not fit `experts`.
    pub fn new(
        spec: &GeneratorSpec,
        experts: &Experts,
        layers: u32,
        requests: usize,
        seed: u64,
    ) -> Result<Self, Findings> {
        Self::of_phase(Phase::Decode, spec, experts, layers, requests, seed)
    }

    /// Phases differ in their tokens, not in the popularity of the experts.
    pub(crate) fn of_phase(
        phase: Phase,
        spec: &GeneratorSpec,
        experts: &Experts,
        layers: u32,
        requests: usize,
        seed: u64,
    ) -> Result<Self, Findings> {
        spec.check_for(experts, layers, requests)?;
        let ln_weights = |layer| spec.popularity.ln_weights(experts.count, seed, layer);
        let tokens = |layer| stream(seed, phase.tokens(), layer);
        let noise = |layer| match spec.correlation {
            None => Noise::Fresh(tokens(layer)),
            Some(correlation) => {
                let streams = [stream(seed, phase.affinities(), layer), tokens(layer)];
                let experts = experts.count as usize;
                Noise::Remembered(Requests::new(correlation, experts, requests, streams))
            }
        };
        let scored = |layer| Scored {
            ln_weights: ln_weights(layer),
            noise: noise(layer),
            group_limit: spec.group_limit,
        };
        let independent = |layer| PlackettLuce::new(weights(&ln_weights(layer)), tokens(layer));
        let layers = if spec.correlation.is_none() && spec.group_limit.is_none() {
            Layers::Independent((0..layers).map(independent).collect())
        } else {
            Layers::Scored((0..layers).map(scored).collect())
        };
        Ok(Self { layers, top_k: experts.top_k as usize })
    }

    /// Appends the experts of the next tokens in each layer: `[layer][token][k]`. `requests` gives the request of each token,
    /// below the number of requests; tokens of a request follow one another.
    pub fn route(
        &mut self,
        requests: impl Iterator<Item = usize> + Clone,
        expert_ids: &mut Vec<u16>,
    ) {
        let top_k = self.top_k;
        match &mut self.layers {
            Layers::Independent(layers) => {
                for layer in layers {
                    requests.clone().for_each(|_| layer.route(top_k, expert_ids));
                }
            }
            Layers::Scored(layers) => {
                for layer in layers {
                    requests.clone().for_each(|request| layer.route(request, top_k, expert_ids));
                }
            }
        }
    }

    /// A new request, of other affinities, takes the place of this one.
    pub fn enter(&mut self, request: usize) {
        if let Layers::Scored(layers) = &mut self.layers {
            layers.iter_mut().for_each(|layer| layer.enter(request));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WeightFormat;

    fn route(popularity: Popularity, count: u32, top_k: u32, layers: u32, seed: u64) -> Vec<u16> {
        let experts = Experts { count, top_k, intermediate: 1, weights: WeightFormat::Bf16 };
        let spec = GeneratorSpec::of("test", popularity);
        let mut ids = Vec::new();
        Generator::new(&spec, &experts, layers, 2, seed).unwrap().route(0..2, &mut ids);
        ids
    }

    #[test]
    fn all_experts_can_be_chosen_however_unequal() {
        let laws = [
            Popularity::Gengamma { shape: 0.01, power: 10.0 },
            Popularity::Lognormal { sigma: 50.0 },
            Popularity::Zipf { exponent: 50.0 },
        ];
        for law in laws {
            for token in route(law, 9, 9, 50, 1).chunks_mut(9) {
                token.sort_unstable();
                assert_eq!(token, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
            }
        }
    }

    /// The same bytes on every platform and in every version: recorded results depend on them.
    #[test]
    fn draws_are_pinned() {
        let law = Popularity::Bimodal { sigma: 0.744, cold_share: 0.501, offset: 1.842 };
        assert_eq!(
            route(law, 512, 4, 2, 42),
            [78, 179, 461, 350, 282, 227, 269, 152, 132, 395, 61, 229, 296, 57, 404, 91]
        );
    }

    /// With a steep law the first experts drawn are the first ranks: the hottest expert differs between layers.
    #[test]
    fn zipf_ranks_experts_in_another_order_in_each_layer() {
        let ids = route(Popularity::Zipf { exponent: 50.0 }, 1000, 1, 400, 3);
        let mut hottest: Vec<u16> = ids.chunks(2).map(|tokens| tokens[0]).collect();
        assert!(ids.chunks(2).all(|tokens| tokens[0] == tokens[1]));
        let mean = hottest.iter().copied().map(f64::from).sum::<f64>() / 400.0;
        // Uniform over 0..1000: mean 499.5, deviation 289 / sqrt(400) = 14.4.
        assert!((mean - 499.5).abs() < 4.0 * 14.4, "{mean}");
        hottest.sort_unstable();
        hottest.dedup();
        // Of 400 draws out of 1,000, 1000 (1 - 0.999^400) = 330 differ.
        assert!((300..360).contains(&hottest.len()), "{}", hottest.len());
    }
}
