//! Delay expressions of the rule tables: sums and differences of timing parameters and integers, such as
//! `tCWL + nBL + 2*tWTR_S - 1`.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::time::Ticks;

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExprError {
    /// A name that the device's timing does not define.
    #[error("`{expr}` needs the timing parameter `{name}`, which the device does not give")]
    Unknown {
        /// The whole expression.
        expr: String,
        /// The missing name.
        name: String,
    },
    /// Not a sum of `name`, `integer` or `integer*name`.
    #[error("`{expr}`: `{term}` is not a timing parameter, an integer, or integer*parameter")]
    Malformed {
        /// The whole expression.
        expr: String,
        /// The offending term.
        term: String,
    },
    /// The value is below zero or does not fit.
    #[error("`{expr}` is {value}, a delay lies between 0 and 2^32 ticks")]
    Range {
        /// The whole expression.
        expr: String,
        /// Its value in ticks.
        value: i128,
    },
}

/// Value of `expr` in ticks; integers in it count clocks of `ticks_per_clock` ticks.
pub(crate) fn eval(
    expr: &str,
    timing: &BTreeMap<String, Ticks>,
    ticks_per_clock: u64,
) -> Result<Ticks, ExprError> {
    let mut value = 0_i128;
    for (negative, term) in terms(expr) {
        let (factor, name) = term.split_once('*').map_or((None, term), |(f, n)| (Some(f), n));
        let malformed = || ExprError::Malformed { expr: expr.into(), term: term.trim().into() };
        let factor = factor.map_or(Ok(1), |f| f.trim().parse::<u32>()).map_err(|_| malformed())?;
        let name = name.trim();
        let unit = if let Ok(clocks) = name.parse::<u32>() {
            u128::from(clocks) * u128::from(ticks_per_clock)
        } else if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let unknown = || ExprError::Unknown { expr: expr.into(), name: name.into() };
            u128::from(timing.get(name).ok_or_else(unknown)?.0)
        } else {
            return Err(malformed());
        };
        let term_value = i128::try_from(unit * u128::from(factor)).map_err(|_| malformed())?;
        value += if negative { -term_value } else { term_value };
    }
    match u32::try_from(value) {
        Ok(ticks) => Ok(Ticks(u64::from(ticks))),
        Err(_) => Err(ExprError::Range { expr: expr.into(), value }),
    }
}

/// Names that an expression mentions.
pub(crate) fn names(expr: &str) -> impl Iterator<Item = &str> {
    terms(expr)
        .map(|(_, term)| term.rsplit('*').next().unwrap_or(term).trim())
        .filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// The terms of a sum with their signs: (is subtracted, text).
fn terms(expr: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut rest = Some(expr);
    let mut negative = false;
    std::iter::from_fn(move || {
        let text = rest?;
        let sign = negative;
        match text.find(['+', '-']) {
            Some(at) => {
                negative = text.as_bytes()[at] == b'-';
                rest = Some(&text[at + 1..]);
                Some((sign, &text[..at]))
            }
            None => {
                rest = None;
                Some((sign, text))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(expr: &str) -> Result<Ticks, ExprError> {
        let timing =
            [("tCWL", 14), ("nBL", 2)].map(|(name, ticks)| (name.to_owned(), Ticks(ticks)));
        eval(expr, &timing.into(), 1)
    }

    #[test]
    fn sums_differences_and_multiples() {
        assert_eq!(value("tCWL"), Ok(Ticks(14)));
        assert_eq!(value("tCWL + 2*nBL - 1"), Ok(Ticks(17)));
        assert_eq!(names("tCWL + 2*nBL - 1").collect::<Vec<_>>(), ["tCWL", "nBL"]);
    }

    #[test]
    fn bad_expressions_name_the_term() {
        assert!(
            matches!(value("tXYZ + 1"), Err(ExprError::Unknown { name, .. }) if name == "tXYZ")
        );
        assert!(matches!(value("tCWL + "), Err(ExprError::Malformed { .. })));
        assert!(matches!(value("nBL - tCWL"), Err(ExprError::Range { value: -12, .. })));
    }
}
