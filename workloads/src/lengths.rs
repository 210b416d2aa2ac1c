//! Context lengths: how many tokens a request has in its KV cache.

use std::fmt::{self, Display};
use std::str::FromStr;

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::findings::{Checks, Findings};
use crate::variates::uniform;

/// Law of the context length of a request that is being decoded, in whole tokens, at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum KvLengths {
    /// Always so many tokens.
    Constant(u32),
    /// Weibull, rounded to whole tokens.
    Weibull {
        /// Shape.
        shape: f64,
        /// Scale, in tokens.
        scale: f64,
        /// Longest context, in tokens; longer draws become this one.
        max: u32,
    },
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
        match *self {
            Self::Constant(tokens) => checks.range("constant", tokens, 1..=Self::LONGEST),
            Self::Weibull { shape, scale, max } => {
                checks.range("weibull.shape", shape, 0.1..=100.0);
                checks.range("weibull.scale", scale, 1.0..=f64::from(Self::LONGEST));
                checks.range("weibull.max", max, 1..=Self::LONGEST);
            }
        }
        checks.done()
    }

    fn checked(self) -> Result<Self, ParseLengthsError> {
        self.check()?;
        Ok(self)
    }

    /// Draws a length, in tokens.
    pub fn draw(&self, rng: &mut impl Rng) -> u32 {
        match *self {
            Self::Constant(tokens) => tokens,
            Self::Weibull { shape, scale, max } => {
                let tokens = scale * libm::pow(-libm::log(uniform(rng)), 1.0 / shape);
                (libm::round(tokens) as u32).clamp(1, max)
            }
        }
    }

    /// Mean length, in tokens.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match *self {
            Self::Constant(tokens) => tokens.into(),
            // The sum over n of P(length >= n); rounding makes n out of what exceeds n - 1/2.
            Self::Weibull { shape, scale, max } => {
                let at_least = |n| libm::exp(-libm::pow((f64::from(n) - 0.5) / scale, shape));
                1.0 + (2..=max).map(at_least).take_while(|p| *p > 1e-12).sum::<f64>()
            }
        }
    }
}

/// The form that [`FromStr`] reads.
impl Display for KvLengths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(tokens) => write!(f, "constant({tokens})"),
            Self::Weibull { shape, scale, max } => write!(f, "weibull({shape}, {scale}, {max})"),
        }
    }
}

/// A text that is no length law.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseLengthsError {
    /// Neither a number nor a law.
    #[error(
        "`{0}` is no length law; allowed are `1024`, `constant(1024)` and `weibull(1.3, 1267, 7930)`"
    )]
    Form(String),
    /// An argument is not the number that it should be.
    #[error("`{found}` is no {expected}")]
    Argument {
        /// The argument.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// An argument is out of range.
    #[error(transparent)]
    Range(#[from] Findings),
}

impl FromStr for KvLengths {
    type Err = ParseLengthsError;

    /// Reads `1024`, `constant(1024)` or `weibull(shape, scale, max)`, for instance `weibull(1.3, 1267, 7930)`.
    fn from_str(text: &str) -> Result<Self, ParseLengthsError> {
        let text = text.trim();
        let form = || ParseLengthsError::Form(text.to_owned());
        let Some((law, arguments)) = text.strip_suffix(')').and_then(|call| call.split_once('('))
        else {
            let tokens = text.parse().map_err(|_| form())?;
            return Self::Constant(tokens).checked();
        };
        let arguments: Vec<_> = arguments.split(',').map(str::trim).collect();
        match (law.trim(), arguments.as_slice()) {
            ("constant", [tokens]) => Self::Constant(number(tokens, "number of tokens")?),
            ("weibull", [shape, scale, max]) => Self::Weibull {
                shape: number(shape, "Weibull shape")?,
                scale: number(scale, "Weibull scale in tokens")?,
                max: number(max, "number of tokens")?,
            },
            _ => return Err(form()),
        }
        .checked()
    }
}

fn number<T: FromStr>(text: &str, expected: &'static str) -> Result<T, ParseLengthsError> {
    text.parse().map_err(|_| ParseLengthsError::Argument { found: text.to_owned(), expected })
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
        for law in ["7", "weibull(0.8, 3, 10)", "weibull(3, 1, 100)", "weibull(1, 5000, 1)"] {
            let law: KvLengths = law.parse().unwrap();
            let mean = (0..100_000).map(|_| f64::from(law.draw(&mut rng))).sum::<f64>() / 100_000.0;
            near(mean, law.mean());
        }
    }

    #[test]
    fn text_forms() {
        let read = |text: &str| text.parse::<KvLengths>();
        assert_eq!(read("1024"), Ok(KvLengths::Constant(1024)));
        assert_eq!(read(" constant( 1024 ) "), Ok(KvLengths::Constant(1024)));
        assert_eq!(read("weibull(1.3, 1267, 7930)"), Ok(KvLengths::AZURE));
        for law in [KvLengths::AZURE, KvLengths::Constant(5)] {
            assert_eq!(read(&law.to_string()), Ok(law));
        }
    }

    #[track_caller]
    fn refused(text: &str, says: &str) {
        assert_eq!(text.parse::<KvLengths>().unwrap_err().to_string(), says);
    }

    #[test]
    fn errors_say_what_is_allowed() {
        let allowed = "allowed are `1024`, `constant(1024)` and `weibull(1.3, 1267, 7930)`";
        for form in
            ["", "-1", "long", "zipf(1)", "weibull(1.3, 1267)", "constant(1, 2)", "constant 5"]
        {
            refused(form, &format!("`{form}` is no length law; {allowed}"));
        }
        refused("constant(x)", "`x` is no number of tokens");
        refused("weibull(a, 1267, 7930)", "`a` is no Weibull shape");
        refused("0", "constant: 0 is outside 1 to 1048576");
        refused(
            "weibull(NaN, 0, 7930)",
            "weibull.shape: NaN is outside 0.1 to 100; weibull.scale: 0 is outside 1 to 1048576",
        );
    }

    #[test]
    fn ron_forms() {
        let law = ron::from_str("weibull(shape: 1.3, scale: 1267, max: 7930)");
        assert_eq!(law, Ok(KvLengths::AZURE));
        assert_eq!(ron::from_str("constant(1024)"), Ok(KvLengths::Constant(1024)));
    }
}
