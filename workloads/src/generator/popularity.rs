//! Laws of expert popularity.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::findings::Checks;
use crate::rng::{Purpose, stream};
use crate::variates::{ln_gamma, normal, uniform};

/// Law of the log-weight of an expert; drawn for the experts of each layer anew.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Popularity {
    /// All experts are equally popular.
    Uniform,
    /// Shares are Dirichlet: `ln G`, `G` ~ Gamma(shape). The smaller the shape, the more unequal.
    Dirichlet {
        /// Shape of the Gamma law. Range: 0.01 to 1,000,000.
        shape: f64,
    },
    /// Generalised Gamma: `power ln G`, `G` ~ Gamma(shape).
    Gengamma {
        /// Shape of the Gamma law. Range: 0.01 to 1,000,000.
        shape: f64,
        /// Factor on the logarithm; 1 is `dirichlet`. Range: 0 to 10.
        power: f64,
    },
    /// Log-normal: `sigma N(0, 1)`.
    Lognormal {
        /// Standard deviation of the log-weights. Range: 0 to 50.
        sigma: f64,
    },
    /// Zipf: `-exponent ln rank`; each layer ranks its experts in a random order.
    Zipf {
        /// Exponent of the rank. Range: 0 to 50.
        exponent: f64,
    },
    /// Log-normal with a second, less popular kind: `sigma N(0, 1)`, less `offset` for a share of the experts.
    Bimodal {
        /// Standard deviation of the log-weights of a kind. Range: 0 to 50.
        sigma: f64,
        /// Probability that an expert is of the less popular kind. Range: 0 to 1.
        cold_share: f64,
        /// Distance of the two kinds' means. Range: 0 to 300.
        offset: f64,
    },
}

impl Popularity {
    /// Within these limits the most popular experts of a layer keep a weight that f64 can hold.
    pub(super) fn check(&self, checks: &mut Checks) {
        let shapes = 0.01..=1e6;
        match *self {
            Self::Uniform => {}
            Self::Dirichlet { shape } => {
                checks.range("popularity.dirichlet.shape", shape, shapes);
            }
            Self::Gengamma { shape, power } => {
                checks.range("popularity.gengamma.shape", shape, shapes);
                checks.range("popularity.gengamma.power", power, 0.0..=10.0);
            }
            Self::Lognormal { sigma } => {
                checks.range("popularity.lognormal.sigma", sigma, 0.0..=50.0);
            }
            Self::Zipf { exponent } => {
                checks.range("popularity.zipf.exponent", exponent, 0.0..=50.0);
            }
            Self::Bimodal { sigma, cold_share, offset } => {
                checks.range("popularity.bimodal.sigma", sigma, 0.0..=50.0);
                checks.range("popularity.bimodal.cold_share", cold_share, 0.0..=1.0);
                checks.range("popularity.bimodal.offset", offset, 0.0..=300.0);
            }
        }
    }

    /// Draws the log-weight of the expert of a rank, which counts from 1.
    pub(crate) fn ln_weight(&self, rank: u32, rng: &mut impl Rng) -> f64 {
        match *self {
            Self::Uniform => 0.0,
            Self::Dirichlet { shape } => ln_gamma(rng, shape),
            Self::Gengamma { shape, power } => power * ln_gamma(rng, shape),
            Self::Lognormal { sigma } => sigma * normal(rng),
            Self::Zipf { exponent } => -exponent * libm::log(rank.into()),
            Self::Bimodal { sigma, cold_share, offset } => {
                let cold = uniform(rng) < cold_share;
                sigma * normal(rng) - if cold { offset } else { 0.0 }
            }
        }
    }

    /// Log-weights of the experts of a layer.
    pub(crate) fn ln_weights(&self, experts: u32, seed: u64, layer: u32) -> Vec<f64> {
        let mut rng = stream(seed, Purpose::Popularity, layer);
        let mut ranks: Vec<u32> = (1..=experts).collect();
        // The other laws treat all experts alike.
        if let Self::Zipf { .. } = self {
            shuffle(&mut ranks, &mut rng);
        }
        ranks.into_iter().map(|rank| self.ln_weight(rank, &mut rng)).collect()
    }
}

/// Every order is as likely (Knuth, TAOCP 3.4.2 P).
fn shuffle(items: &mut [u32], rng: &mut impl Rng) {
    for last in (1..items.len()).rev() {
        // A fixed-width range: those of usize depend on the platform.
        items.swap(last, rng.random_range(0..=last as u64) as usize);
    }
}

/// Weights, the largest being 1.
pub(crate) fn weights(ln_weights: &[f64]) -> Vec<f64> {
    let top = ln_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // A weight stays above 0 so that k experts can always be drawn; such a one is drawn only when nothing else is left.
    ln_weights.iter().map(|w| libm::exp(w - top).max(f64::MIN_POSITIVE)).collect()
}
