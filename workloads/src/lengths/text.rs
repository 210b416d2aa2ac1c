//! Length laws as a user writes them.

use std::fmt::{self, Display};
use std::str::FromStr;

use super::{Empirical, KvLengths, LengthsFileError};
use crate::findings::Findings;

/// The form that [`FromStr`] reads.
impl Display for KvLengths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(tokens) => write!(f, "constant({tokens})"),
            Self::Weibull { shape, scale, max } => write!(f, "weibull({shape}, {scale}, {max})"),
            Self::Lognormal { median, sigma, max } => {
                write!(f, "lognormal({median}, {sigma}, {max})")
            }
            Self::Empirical(empirical) => write!(f, "file({})", empirical.file),
        }
    }
}

/// A text that is no length law.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseLengthsError {
    /// Neither a number nor a law.
    #[error(
        "`{0}` is no length law; allowed are `1024`, `constant(1024)`, `lognormal(1045, 0.9, 7930)`, `weibull(1.3, 1267, 7930)` and `file(lengths.csv)`"
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
    /// A file of lengths cannot be used.
    #[error(transparent)]
    File(#[from] LengthsFileError),
}

impl FromStr for KvLengths {
    type Err = ParseLengthsError;

    /// Reads `1024`, `constant(1024)`, `lognormal(median, sigma, max)`, `weibull(shape, scale, max)`, or `file(path)`, which reads
    /// the file too.
    fn from_str(text: &str) -> Result<Self, ParseLengthsError> {
        let text = text.trim();
        let form = || ParseLengthsError::Form(text.to_owned());
        let Some((law, arguments)) = text.strip_suffix(')').and_then(|call| call.split_once('('))
        else {
            let tokens = text.parse().map_err(|_| form())?;
            return checked(Self::Constant(tokens));
        };
        if law.trim() == "file" && !arguments.trim().is_empty() {
            return Ok(Self::Empirical(Empirical::read(arguments.trim())?));
        }
        let arguments: Vec<_> = arguments.split(',').map(str::trim).collect();
        checked(match (law.trim(), arguments.as_slice()) {
            ("constant", [tokens]) => Self::Constant(number(tokens, "number of tokens")?),
            ("weibull", [shape, scale, max]) => Self::Weibull {
                shape: number(shape, "Weibull shape")?,
                scale: number(scale, "Weibull scale in tokens")?,
                max: number(max, "number of tokens")?,
            },
            ("lognormal", [median, sigma, max]) => Self::Lognormal {
                median: number(median, "log-normal median in tokens")?,
                sigma: number(sigma, "log-normal sigma")?,
                max: number(max, "number of tokens")?,
            },
            _ => return Err(form()),
        })
    }
}

fn checked(law: KvLengths) -> Result<KvLengths, ParseLengthsError> {
    law.check()?;
    Ok(law)
}

fn number<T: FromStr>(text: &str, expected: &'static str) -> Result<T, ParseLengthsError> {
    text.parse().map_err(|_| ParseLengthsError::Argument { found: text.to_owned(), expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms() {
        let read = |text: &str| text.parse::<KvLengths>().map_err(|error| error.to_string());
        assert_eq!(read("1024"), Ok(KvLengths::Constant(1024)));
        assert_eq!(read(" constant( 1024 ) "), Ok(KvLengths::Constant(1024)));
        assert_eq!(read("weibull(1.3, 1267, 7930)"), Ok(KvLengths::AZURE));
        let lognormal = KvLengths::Lognormal { median: 1045.0, sigma: 0.9, max: 7930 };
        assert_eq!(read("lognormal(1045, 0.9, 7930)"), Ok(lognormal.clone()));
        for law in [KvLengths::AZURE, KvLengths::Constant(5), lognormal] {
            assert_eq!(read(&law.to_string()), Ok(law));
        }
    }

    #[track_caller]
    fn refused(text: &str, says: &str) {
        assert_eq!(text.parse::<KvLengths>().unwrap_err().to_string(), says);
    }

    #[test]
    fn errors_say_what_is_allowed() {
        let allowed = "allowed are `1024`, `constant(1024)`, `lognormal(1045, 0.9, 7930)`, `weibull(1.3, 1267, 7930)` and `file(lengths.csv)`";
        for form in [
            "",
            "-1",
            "long",
            "zipf(1)",
            "file()",
            "weibull(1.3, 1267)",
            "constant(1, 2)",
            "constant 5",
        ] {
            refused(form, &format!("`{form}` is no length law; {allowed}"));
        }
        refused("constant(x)", "`x` is no number of tokens");
        refused("weibull(a, 1267, 7930)", "`a` is no Weibull shape");
        refused("lognormal(1, x, 2)", "`x` is no log-normal sigma");
        refused("lognormal(0, 0.9, 7930)", "lognormal.median: 0 is outside 1 to 1048576");
        refused("0", "constant: 0 is outside 1 to 1048576");
        refused(
            "weibull(NaN, 0, 7930)",
            "weibull.shape: NaN is outside 0.1 to 100; weibull.scale: 0 is outside 1 to 1048576",
        );
    }
}
