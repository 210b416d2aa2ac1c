//! Figures as the table and the page write them.

use sieve_sched::claims::Span;

use crate::claim::{Published, Tolerance};
use crate::run::Outcome;
use crate::verdict::Verdict;

/// Five significant digits: short, and the same text wherever it is computed.
pub(super) fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-4 {
        return format!("{value:.1e}");
    }
    format!("{value:.4e}")
        .parse::<f64>()
        .map_or_else(|_| value.to_string(), |rounded| rounded.to_string())
}

pub(super) fn published(published: &Published) -> String {
    match *published {
        Published::Value(value) => number(value),
        Published::Range(least, most) => span(Span { low: least, high: most }),
        Published::Spanned(least, most) => {
            format!("spans {}", span(Span { low: least, high: most }))
        }
        Published::AtMost(most) => format!("at most {}", number(most)),
        Published::AtLeast(least) => format!("at least {}", number(least)),
        Published::Said(ref words) => words.clone(),
    }
}

/// One number, or two with "to" between them.
pub(super) fn span(span: Span) -> String {
    let [low, high] = [span.low, span.high].map(number);
    if low == high { low } else { format!("{low} to {high}") }
}

/// Signed, in percent; empty if there is none.
pub(super) fn difference(share: Option<f64>) -> String {
    match share {
        None => String::new(),
        Some(0.0) => "0 %".to_owned(),
        Some(share) => format!("{:+.2} %", 100.0 * share),
    }
}

pub(super) fn tolerance(tolerance: Tolerance) -> String {
    match tolerance {
        Tolerance::Exact => "exact".to_owned(),
        Tolerance::Relative(share) => format!("{} %", number(100.0 * share)),
    }
}

/// Names are for programs; people read words.
pub(super) fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// How many claims got which verdict.
pub(super) fn totals(outcomes: &[Outcome<'_>]) -> String {
    let counts = Verdict::ALL.map(|verdict| {
        let count = outcomes.iter().filter(|outcome| outcome.verdict == verdict).count();
        format!("{count} {}", words(verdict.name()))
    });
    format!("{} claims: {}", outcomes.len(), counts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_five_digits_at_most() {
        let cases = [
            (98.304, "98.304"),
            (2.0 / 3.0, "0.66667"),
            (138.0, "138"),
            (0.0, "0"),
            (-2.16e-14, "-2.2e-14"),
            (123_456.0, "123460"),
        ];
        for (value, expected) in cases {
            assert_eq!(number(value), expected);
        }
        assert_eq!(number(f64::INFINITY), "inf");
    }

    #[test]
    fn differences_have_a_sign() {
        assert_eq!(difference(Some(0.024)), "+2.40 %");
        assert_eq!(difference(Some(-0.001)), "-0.10 %");
        assert_eq!(difference(Some(0.0)), "0 %");
        assert_eq!(difference(None), "");
    }
}
