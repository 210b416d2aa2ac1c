//! Lengths of contexts and prompts, in tokens.

mod empirical;
mod text;

use rand::Rng;
use serde::{Deserialize, Serialize};

pub use empirical::{Empirical, LengthsFileError};
pub use text::ParseLengthsError;

use crate::findings::{Checks, Findings};
use crate::variates::{normal, uniform};

/// Law of the length of a request: of its context while it is being decoded, or of its prompt. In whole tokens, at least 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum KvLengths {
    /// Always so many tokens. Range: 1 to 1,048,576.
    Constant(u32),
    /// Weibull, rounded to whole tokens.
    Weibull {
        /// Shape. Range: 0.1 to 100.
        shape: f64,
        /// Scale. Unit: tokens. Range: 1 to 1,048,576.
        scale: f64,
        /// Longest context; longer draws become this one. Unit: tokens. Range: 1 to 1,048,576.
        max: u32,
    },
    /// Log-normal, rounded to whole tokens.
    Lognormal {
        /// Median. Unit: tokens. Range: 1 to 1,048,576.
        median: f64,
        /// Standard deviation of the logarithm. Range: 0 to 10.
        sigma: f64,
        /// Longest context; longer draws become this one. Unit: tokens. Range: 1 to 1,048,576.
        max: u32,
    },
    /// Lengths that were observed, drawn with replacement.
    Empirical(Empirical),
}

impl KvLengths {
    /// Fit to 51 decode batches of AzureLLMInference: mean 1170, p10 / p50 / p90 = 218 / 1045 / 2442, longest 7930 tokens.
    pub const AZURE: Self = Self::Weibull { shape: 1.3, scale: 1267.0, max: 7930 };

    /// Longest context that a law may have, in tokens.
    pub const LONGEST: u32 = 1 << 20;

    /// Checks the parameters of the law.
    ///
    /// # Errors
    /// Everything that is wrong, each with its path.
    pub fn check(&self) -> Result<(), Findings> {
        let mut checks = Checks::default();
        let longest = f64::from(Self::LONGEST);
        match self {
            Self::Constant(tokens) => checks.range("constant", *tokens, 1..=Self::LONGEST),
            Self::Weibull { shape, scale, max } => {
                checks.range("weibull.shape", *shape, 0.1..=100.0);
                checks.range("weibull.scale", *scale, 1.0..=longest);
                checks.range("weibull.max", *max, 1..=Self::LONGEST);
            }
            Self::Lognormal { median, sigma, max } => {
                checks.range("lognormal.median", *median, 1.0..=longest);
                checks.range("lognormal.sigma", *sigma, 0.0..=10.0);
                checks.range("lognormal.max", *max, 1..=Self::LONGEST);
            }
            Self::Empirical(empirical) => empirical.check(&mut checks),
        }
        checks.done()
    }

    /// Draws a length, in tokens.
    pub fn draw(&self, rng: &mut impl Rng) -> u32 {
        let whole = |tokens: f64, max: u32| (libm::round(tokens) as u32).clamp(1, max);
        match *self {
            Self::Constant(tokens) => tokens,
            Self::Weibull { shape, scale, max } => {
                whole(scale * libm::pow(-libm::log(uniform(rng)), 1.0 / shape), max)
            }
            Self::Lognormal { median, sigma, max } => {
                whole(median * libm::exp(sigma * normal(rng)), max)
            }
            Self::Empirical(ref empirical) => empirical.draw(rng),
        }
    }

    /// Mean length, in tokens.
    #[must_use]
    pub fn mean(&self) -> f64 {
        // The sum over n of P(length >= n); rounding makes n out of what exceeds n - 1/2.
        let sum = |max, exceeds: &dyn Fn(f64) -> f64| {
            let at_least = (2..=max).map(|n: u32| exceeds(f64::from(n) - 0.5));
            1.0 + at_least.take_while(|p| *p > 1e-12).sum::<f64>()
        };
        match *self {
            Self::Constant(tokens) => tokens.into(),
            Self::Weibull { shape, scale, max } => {
                sum(max, &|tokens| libm::exp(-libm::pow(tokens / scale, shape)))
            }
            // Without spread the law below divides by zero.
            Self::Lognormal { median, sigma: 0.0, max } => {
                libm::round(median).clamp(1.0, max.into())
            }
            Self::Lognormal { median, sigma, max } => sum(max, &|tokens| {
                let deviations = libm::log(tokens / median) / sigma;
                0.5 * libm::erfc(deviations * std::f64::consts::FRAC_1_SQRT_2)
            }),
            Self::Empirical(ref empirical) => empirical.mean(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, stream};

    #[track_caller]
    fn near(found: f64, published: f64) {
        assert!((found / published - 1.0).abs() < 0.02, "{found} is not within 2 % of {published}");
    }

    /// Published mean and quantiles of the default law.
    #[test]
    fn azure_has_its_mean_and_quantiles() {
        let mut rng = stream(1, Purpose::Contexts, 0);
        let mut drawn: Vec<_> = (0..200_000).map(|_| KvLengths::AZURE.draw(&mut rng)).collect();
        drawn.sort_unstable();
        for (percent, tokens) in [(10, 224.0), (50, 956.0), (90, 2406.0)] {
            near(drawn[drawn.len() * percent / 100].into(), tokens);
        }
        near(drawn.iter().copied().map(f64::from).sum::<f64>() / drawn.len() as f64, 1170.0);
        near(KvLengths::AZURE.mean(), 1170.0);
    }

    #[test]
    fn mean_is_that_of_the_draws() {
        let mut rng = stream(2, Purpose::Contexts, 0);
        for law in [
            "7",
            "weibull(0.8, 3, 10)",
            "weibull(3, 1, 100)",
            "weibull(1, 5000, 1)",
            "lognormal(1045, 0.9, 7930)",
            "lognormal(2, 1, 9)",
            "lognormal(7.4, 0, 9)",
        ] {
            let law: KvLengths = law.parse().unwrap();
            let mean = (0..100_000).map(|_| f64::from(law.draw(&mut rng))).sum::<f64>() / 100_000.0;
            near(mean, law.mean());
        }
    }

    /// Median and the quantiles of a standard normal at 10 and 90 %.
    #[test]
    fn lognormal_has_its_quantiles() {
        let law = KvLengths::Lognormal { median: 1045.0, sigma: 0.9, max: 7930 };
        let mut rng = stream(3, Purpose::Contexts, 0);
        let mut drawn: Vec<_> = (0..200_000).map(|_| law.draw(&mut rng)).collect();
        drawn.sort_unstable();
        for (percent, deviations) in [(10, -1.2816), (50, 0.0), (90, 1.2816)] {
            let tokens = 1045.0 * libm::exp(0.9 * deviations);
            near(drawn[drawn.len() * percent / 100].into(), tokens);
        }
        assert_eq!(drawn.last(), Some(&7930));
    }

    #[test]
    fn ron_forms() {
        let law = ron::from_str("weibull(shape: 1.3, scale: 1267, max: 7930)");
        assert_eq!(law, Ok(KvLengths::AZURE));
        assert_eq!(ron::from_str("constant(1024)"), Ok(KvLengths::Constant(1024)));
        let observed = ron::from_str::<KvLengths>(r#"empirical((file: "f", times: {7: 2}))"#);
        assert_eq!(observed.unwrap().mean(), 7.0);
    }
}
