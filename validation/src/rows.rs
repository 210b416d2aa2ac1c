//! Tables of figures: a claim may be about many rows at once.

use serde::{Deserialize, Serialize};
use sieve_sched::claims::Span;

/// One row of a table, in the unit of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// What it is.
    pub name: String,
    /// The figure of others.
    pub published: f64,
    /// Ours.
    pub ours: f64,
}

/// What a measurement gives: a figure, and the rows that it was made of, if any.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// In bytes, operations, seconds, cycles or plain numbers.
    pub figure: Span,
    /// In the table's own unit.
    pub rows: Vec<Compared>,
}

/// What is made of the rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowsQuantity {
    /// How many rows are equal, but for the rounding of floating-point numbers.
    Equal,
    /// The share of rows that are off by at most this share of the published figure.
    Within(f64),
    /// Half of the rows are off by at most this share.
    MedianError,
    /// All rows are off by at most this share.
    WorstError,
}

/// Rounding of floating-point arithmetic, as a share.
const ROUNDING: f64 = 1e-12;

impl Compared {
    /// How far ours is off, as a share of the published figure; infinite against a published 0.
    #[must_use]
    pub fn error(&self) -> f64 {
        if self.ours == self.published {
            0.0
        } else {
            ((self.ours - self.published) / self.published).abs()
        }
    }
}

impl RowsQuantity {
    /// Of rows; no number if there are none.
    #[must_use]
    pub fn of(self, rows: Vec<Compared>) -> Measured {
        let mut errors: Vec<f64> = rows.iter().map(Compared::error).collect();
        errors.sort_by(f64::total_cmp);
        let within = |share: f64| errors.iter().filter(|&&error| error <= share).count() as f64;
        let figure = match self {
            Self::Equal => within(ROUNDING),
            Self::Within(share) => within(share) / errors.len() as f64,
            Self::MedianError => {
                let middle = |at: usize| errors.get(at).copied().unwrap_or(f64::NAN);
                f64::midpoint(middle(errors.len().saturating_sub(1) / 2), middle(errors.len() / 2))
            }
            Self::WorstError => errors.last().copied().unwrap_or(f64::NAN),
        };
        Measured { figure: Span::of(figure), rows }
    }
}

impl From<f64> for Measured {
    fn from(figure: f64) -> Self {
        Self { figure: Span::of(figure), rows: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(quantity: RowsQuantity, pairs: &[(f64, f64)]) -> f64 {
        let row = |&(published, ours)| Compared { name: String::new(), published, ours };
        quantity.of(pairs.iter().map(row).collect()).figure.low
    }

    #[test]
    fn rows_make_a_figure() {
        let pairs = [(100.0, 100.0), (100.0, 96.0), (50.0, 51.0), (10.0, 12.0)];
        assert_eq!(figure(RowsQuantity::Equal, &pairs), 1.0);
        assert_eq!(figure(RowsQuantity::Within(0.04), &pairs), 0.75);
        assert_eq!(figure(RowsQuantity::MedianError, &pairs), 0.03);
        assert_eq!(figure(RowsQuantity::MedianError, &pairs[..3]), 0.02);
        assert_eq!(figure(RowsQuantity::WorstError, &pairs), 0.2);
    }

    #[test]
    fn a_published_zero_is_met_by_zero_alone() {
        assert_eq!(figure(RowsQuantity::Equal, &[(0.0, 0.0), (0.0, 1e-9)]), 1.0);
        assert_eq!(figure(RowsQuantity::WorstError, &[(0.0, 1.0)]), f64::INFINITY);
    }

    #[test]
    fn no_rows_and_rows_that_are_no_numbers_never_agree() {
        for quantity in [RowsQuantity::Within(0.1), RowsQuantity::MedianError] {
            assert!(figure(quantity, &[]).is_nan());
        }
        assert!(figure(RowsQuantity::WorstError, &[(1.0, f64::NAN)]).is_nan());
        assert_eq!(figure(RowsQuantity::Within(0.1), &[(1.0, f64::NAN)]), 0.0);
    }
}
