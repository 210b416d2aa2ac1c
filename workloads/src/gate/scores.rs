//! Where router scores come from.

use serde::{Deserialize, Serialize};

use crate::findings::{Checks, Findings};
use crate::generator::{GeneratorSpec, Popularity};
use crate::rng::{Purpose, stream};
use crate::variates::{gumbel, normal, uniform};

/// Law of the logits that a router gives to the experts; tokens are independent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Scores {
    /// Uniform in (0, 1), each expert alike.
    Uniform,
    /// Normal with mean 0, each expert alike.
    Normal {
        /// Standard deviation.
        sigma: f64,
    },
    /// Log-weight of the expert plus Gumbel noise, as the generator draws tokens.
    Popular(Popularity),
}

/// Logits of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Logits {
    experts: usize,
    /// `[token][expert]`.
    values: Vec<f64>,
}

impl Scores {
    /// Checks the parameters of the law.
    ///
    /// # Errors
    /// Everything that is wrong, each with its path.
    pub fn check(&self) -> Result<(), Findings> {
        match *self {
            Self::Uniform => Ok(()),
            Self::Normal { sigma } => {
                let mut checks = Checks::default();
                checks.range("normal.sigma", sigma, 0.0..=50.0);
                checks.done()
            }
            Self::Popular(popularity) => GeneratorSpec::of("scores", popularity).check(),
        }
    }

    /// Draws the logits of a batch of a (checked) law. Batches differ by their index; the popularity of the experts is the
    /// same in all of them.
    #[must_use]
    pub fn draw(&self, experts: u32, tokens: u32, seed: u64, batch: u32) -> Logits {
        let ln_weights = match self {
            Self::Popular(popularity) => popularity.ln_weights(experts, seed, 0),
            Self::Uniform | Self::Normal { .. } => vec![0.0; experts as usize],
        };
        let mut rng = stream(seed, Purpose::Scores, batch);
        let mut values = Vec::with_capacity(experts as usize * tokens as usize);
        for _ in 0..tokens {
            values.extend(ln_weights.iter().map(|ln_weight| match *self {
                Self::Uniform => uniform(&mut rng),
                Self::Normal { sigma } => sigma * normal(&mut rng),
                Self::Popular(_) => ln_weight + gumbel(&mut rng),
            }));
        }
        Logits { experts: experts as usize, values }
    }
}

impl Logits {
    /// Takes logits as `[token][expert]`; `None` unless every token has as many as there are experts, at least one.
    #[must_use]
    pub fn new(experts: u32, values: Vec<f64>) -> Option<Self> {
        let experts = experts as usize;
        let whole = experts > 0 && values.len().is_multiple_of(experts);
        whole.then_some(Self { experts, values })
    }

    /// Experts that have a logit.
    #[must_use]
    pub fn experts(&self) -> usize {
        self.experts
    }

    /// Tokens of the batch.
    #[must_use]
    pub fn count(&self) -> usize {
        self.values.len() / self.experts
    }

    /// Logits of each token, by expert.
    pub fn tokens(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(self.experts)
    }
}
