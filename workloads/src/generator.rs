//! Seeded routing: a popularity per layer, independent tokens, k experts each without replacement.

use std::collections::BTreeMap;

use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Distribution, Gamma, StandardNormal};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

/// Presets that ship with the crate: name and RON text.
pub const PRESETS: &[(&str, &str)] = &[
    ("qwen3", include_str!("../presets/routing/qwen3.ron")),
    ("gpt-oss", include_str!("../presets/routing/gpt-oss.ron")),
    ("qwen3-next", include_str!("../presets/routing/qwen3-next.ron")),
    ("mixtral", include_str!("../presets/routing/mixtral.ron")),
    ("uniform", include_str!("../presets/routing/uniform.ron")),
];

/// A law of expert popularity with a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneratorSpec {
    /// Name in reports.
    pub name: String,
    /// The law.
    pub popularity: Popularity,
    /// Path prefix -> where the numbers below it come from; the longest prefix wins.
    pub sources: BTreeMap<String, String>,
}

/// How the log-weights of a layer's experts are distributed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Popularity {
    /// ln Gamma(a): Dirichlet-distributed popularity.
    Dirichlet(f64),
    /// s ln Gamma(a), written (a, s).
    Gengamma(f64, f64),
    /// sigma N(0, 1), less d with probability q, written (sigma, q, d).
    Bimodal(f64, f64, f64),
    /// All alike.
    Uniform,
}

impl GeneratorSpec {
    /// Checks the law's parameters.
    ///
    /// # Errors
    /// A text that says what is allowed.
    pub fn check(&self) -> Result<(), String> {
        let valid = match self.popularity {
            Popularity::Dirichlet(a) => a > 0.0 && a.is_finite(),
            Popularity::Gengamma(a, s) => a > 0.0 && s > 0.0 && (a + s).is_finite(),
            Popularity::Bimodal(sigma, q, d) => {
                sigma >= 0.0 && (0.0..=1.0).contains(&q) && (sigma + d).is_finite()
            }
            Popularity::Uniform => true,
        };
        if valid {
            return Ok(());
        }
        Err(format!(
            "routing `{}`: {:?} is outside of its law: dirichlet(a > 0), gengamma(a > 0, s > 0), bimodal(sigma >= 0, 0 <= q <= 1, d)",
            self.name, self.popularity
        ))
    }
}

/// Draws the experts of tokens of one model.
#[derive(Clone, Debug)]
pub struct Generator {
    top_k: usize,
    seed: u64,
    /// Per layer: weights, largest first, and the experts that they belong to.
    layers: Vec<(Vec<f64>, Vec<u16>)>,
}

impl Generator {
    /// The popularities of all layers, each from a stream of its own.
    #[must_use]
    pub fn new(law: Popularity, layers: u32, experts: u32, top_k: u32, seed: u64) -> Self {
        let layer = |index: u32| {
            let mut rng = stream(seed, [u64::from(index), 0, 0]);
            let logs: Vec<f64> = (0..experts).map(|_| log_weight(law, &mut rng)).collect();
            let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let mut order: Vec<u16> = (0..u16::try_from(experts).unwrap_or(u16::MAX)).collect();
            order.sort_by(|&a, &b| logs[usize::from(b)].total_cmp(&logs[usize::from(a)]).then(a.cmp(&b)));
            // Weights that vanish next to the largest still have an order: the smallest positive number keeps them drawable.
            let weight = |&e: &u16| libm::exp(logs[usize::from(e)] - top).max(f64::MIN_POSITIVE);
            (order.iter().map(weight).collect(), order)
        };
        Self { top_k: top_k as usize, seed, layers: (0..layers).map(layer).collect() }
    }

    /// Experts of `tokens` tokens in a layer at a step, `top_k` each, appended to `ids`.
    ///
    /// Drawing one after the other in proportion to the weights that are left gives the same distribution as the k
    /// largest of log-weight plus Gumbel noise.
    pub fn draw(&self, layer: usize, step: u64, tokens: usize, ids: &mut Vec<u16>) {
        let mut rng = stream(self.seed, [layer as u64, 1, step]);
        let (weights, experts) = &self.layers[layer];
        let mut left = weights.clone();
        let mut chosen = Vec::with_capacity(self.top_k);
        for _ in 0..tokens {
            for _ in 0..self.top_k {
                let place = pick(&left, &mut rng);
                left[place] = 0.0;
                chosen.push(place);
                ids.push(experts[place]);
            }
            for place in chosen.drain(..) {
                left[place] = weights[place];
            }
        }
    }
}

/// A place in proportion to its weight; places of weight zero are never picked.
fn pick(weights: &[f64], rng: &mut Pcg64) -> usize {
    let uniform: f64 = rng.random();
    let mut rest = uniform * weights.iter().sum::<f64>();
    let mut last = 0;
    for (place, &weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        last = place;
        rest -= weight;
        if rest < 0.0 {
            break;
        }
    }
    last
}

fn log_weight(law: Popularity, rng: &mut Pcg64) -> f64 {
    match law {
        Popularity::Dirichlet(a) => log_gamma_variate(a, rng),
        Popularity::Gengamma(a, s) => s * log_gamma_variate(a, rng),
        Popularity::Bimodal(sigma, q, d) => {
            let normal: f64 = StandardNormal.sample(rng);
            let low: f64 = rng.random();
            sigma * normal - if low < q { d } else { 0.0 }
        }
        Popularity::Uniform => 0.0,
    }
}

/// ln of a Gamma(a) variate. For small a the variate itself underflows, its logarithm does not:
/// Gamma(a) = Gamma(a + 1) U^(1/a).
fn log_gamma_variate(a: f64, rng: &mut Pcg64) -> f64 {
    let above_one = Gamma::new(a + 1.0, 1.0).map_or(1.0, |gamma| gamma.sample(rng));
    let uniform: f64 = rng.random();
    libm::log(above_one) + libm::log1p(-uniform) / a
}

/// A stream of its own for every combination of keys.
pub(crate) fn stream(seed: u64, keys: [u64; 3]) -> Pcg64 {
    let mut rng = Pcg64::seed_from_u64(seed);
    for key in keys {
        rng = Pcg64::seed_from_u64(rng.next_u64() ^ key.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    }
    rng
}
