//! Laws of expert popularity, fitted to published routing statistics.
//!
//! A law gives each expert of a layer a log-weight `w`; a token then visits the `k` experts with the largest
//! `w + Gumbel noise`, independently of the other tokens. Inside a real decode batch tokens are close to independent given the
//! popularity of the layer, which is why so little suffices.

use std::collections::BTreeMap;

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::findings::{Checks, Findings};
use crate::preset::{self, PresetError};
use crate::variates::{ln_gamma, normal, uniform};

/// Presets that ship with the crate: name and RON text.
pub const PRESETS: &[(&str, &str)] = &[
    ("qwen3", include_str!("../../presets/routing/qwen3.ron")),
    ("gpt-oss", include_str!("../../presets/routing/gpt-oss.ron")),
    ("gpt-oss-20b", include_str!("../../presets/routing/gpt-oss-20b.ron")),
    ("qwen3-next", include_str!("../../presets/routing/qwen3-next.ron")),
    ("mixtral", include_str!("../../presets/routing/mixtral.ron")),
    ("uniform", include_str!("../../presets/routing/uniform.ron")),
];

/// A synthetic routing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneratorSpec {
    /// Name in reports.
    pub name: String,
    /// Law of the log-weights.
    pub popularity: Popularity,
    /// Path prefix -> where the numbers below it come from; the longest prefix wins.
    pub sources: BTreeMap<String, String>,
}

/// Law of the log-weight of an expert; drawn independently for each expert of each layer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Popularity {
    /// All experts are equally popular.
    Uniform,
    /// Shares are Dirichlet: `ln G`, `G` ~ Gamma(shape). The smaller the shape, the more unequal.
    Dirichlet {
        /// Shape of the Gamma law.
        shape: f64,
    },
    /// Generalised Gamma: `power ln G`, `G` ~ Gamma(shape).
    Gengamma {
        /// Shape of the Gamma law.
        shape: f64,
        /// Factor on the logarithm; 1 is `dirichlet`.
        power: f64,
    },
    /// Log-normal with a second, less popular kind: `sigma N(0, 1)`, less `offset` for a share of the experts.
    Bimodal {
        /// Standard deviation of the log-weights of a kind.
        sigma: f64,
        /// Probability that an expert is of the less popular kind.
        cold_share: f64,
        /// Distance of the two kinds' means.
        offset: f64,
    },
}

impl GeneratorSpec {
    /// The shipped preset of that name.
    ///
    /// # Errors
    /// When no preset has that name; the error lists those there are.
    pub fn preset(name: &str) -> Result<Self, PresetError> {
        preset::load("routing", PRESETS, name)
    }

    /// Checks the parameters of the law.
    ///
    /// # Errors
    /// Everything that is wrong, each with its path.
    pub fn check(&self) -> Result<(), Findings> {
        let mut checks = Checks::default();
        // Within these limits the most popular experts of a layer keep a weight that f64 can hold.
        let shapes = 0.01..=1e6;
        match self.popularity {
            Popularity::Uniform => {}
            Popularity::Dirichlet { shape } => {
                checks.range("popularity.dirichlet.shape", shape, shapes);
            }
            Popularity::Gengamma { shape, power } => {
                checks.range("popularity.gengamma.shape", shape, shapes);
                checks.range("popularity.gengamma.power", power, 0.0..=10.0);
            }
            Popularity::Bimodal { sigma, cold_share, offset } => {
                checks.range("popularity.bimodal.sigma", sigma, 0.0..=50.0);
                checks.range("popularity.bimodal.cold_share", cold_share, 0.0..=1.0);
                checks.range("popularity.bimodal.offset", offset, 0.0..=300.0);
            }
        }
        checks.done()
    }
}

impl Popularity {
    /// Draws the log-weight of one expert.
    pub(crate) fn ln_weight(&self, rng: &mut impl Rng) -> f64 {
        match *self {
            Self::Uniform => 0.0,
            Self::Dirichlet { shape } => ln_gamma(rng, shape),
            Self::Gengamma { shape, power } => power * ln_gamma(rng, shape),
            Self::Bimodal { sigma, cold_share, offset } => {
                let cold = uniform(rng) < cold_share;
                sigma * normal(rng) - if cold { offset } else { 0.0 }
            }
        }
    }
}
