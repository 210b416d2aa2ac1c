//! How many tokens of context a request has.

use std::fmt;
use std::str::FromStr;

use rand::RngExt;
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

/// A law of KV lengths, in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KvLengths {
    /// Every request alike.
    Constant(u32),
    /// Weibull: shape, scale in tokens, and the longest length.
    Weibull(f64, f64, u32),
}

impl KvLengths {
    /// Shape 1.3, scale 1,267 tokens, cut at 7,930: mean 1,170 and p10 / p50 / p90 of 224 / 956 / 2,406, against 218 / 1,045 /
    /// 2,442 of batches of the Azure LLM inference trace.
    pub const AZURE_LIKE: Self = Self::Weibull(1.3, 1267.0, 7930);

    /// A length, at least 1.
    pub fn draw(&self, rng: &mut Pcg64) -> u32 {
        match *self {
            Self::Constant(tokens) => tokens.max(1),
            Self::Weibull(shape, scale, longest) => {
                // The inverse of the distribution function.
                let uniform: f64 = rng.random();
                let tokens = scale * libm::pow(-libm::log1p(-uniform), 1.0 / shape);
                (tokens.round() as u32).clamp(1, longest.max(1))
            }
        }
    }

    /// Checks the parameters.
    ///
    /// # Errors
    /// A text that says what is allowed.
    pub fn check(&self) -> Result<(), String> {
        match *self {
            Self::Constant(0) => Err("constant(0): a request has at least 1 token".to_owned()),
            Self::Constant(_) => Ok(()),
            Self::Weibull(shape, scale, longest) => {
                if shape > 0.0 && shape.is_finite() && scale > 0.0 && scale.is_finite() && longest > 0 {
                    Ok(())
                } else {
                    Err(format!("{self}: shape, scale and longest length must be above 0"))
                }
            }
        }
    }
}

impl fmt::Display for KvLengths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(tokens) => write!(f, "constant({tokens})"),
            Self::Weibull(shape, scale, longest) => write!(f, "weibull({shape}, {scale}, {longest})"),
        }
    }
}

impl FromStr for KvLengths {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || {
            format!("`{text}` is no KV length; write 1024, constant(1024) or weibull(1.3, 1267, 7930) = (shape, scale, longest)")
        };
        let law = if let Ok(tokens) = text.parse() {
            Self::Constant(tokens)
        } else {
            let (name, rest) = text.split_once('(').ok_or_else(unknown)?;
            let inner = rest.strip_suffix(')').ok_or_else(unknown)?;
            let parts: Vec<&str> = inner.split(',').map(str::trim).collect();
            match (name.trim(), parts.as_slice()) {
                ("constant", [tokens]) => Self::Constant(tokens.parse().map_err(|_| unknown())?),
                ("weibull", [shape, scale, longest]) => Self::Weibull(
                    shape.parse().map_err(|_| unknown())?,
                    scale.parse().map_err(|_| unknown())?,
                    longest.parse().map_err(|_| unknown())?,
                ),
                _ => return Err(unknown()),
            }
        };
        law.check().map(|()| law)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn the_default_has_the_published_quantiles() {
        let mut rng = Pcg64::seed_from_u64(1);
        let mut drawn: Vec<u32> = (0..200_000).map(|_| KvLengths::AZURE_LIKE.draw(&mut rng)).collect();
        drawn.sort_unstable();
        let mean = drawn.iter().map(|&n| f64::from(n)).sum::<f64>() / drawn.len() as f64;
        let near = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 0.02, "{found} {expected}");
        near(mean, 1170.0);
        for (share, expected) in [(0.1, 224.0), (0.5, 956.0), (0.9, 2406.0)] {
            near(f64::from(drawn[(share * 200_000.0) as usize]), expected);
        }
    }

    #[test]
    fn forms_of_the_command_line() {
        assert_eq!("1024".parse(), Ok(KvLengths::Constant(1024)));
        assert_eq!("weibull(1.3, 1267, 7930)".parse(), Ok(KvLengths::AZURE_LIKE));
        assert!("0".parse::<KvLengths>().unwrap_err().contains("at least 1"));
        assert!("gamma(3)".parse::<KvLengths>().unwrap_err().contains("weibull("));
    }
}
