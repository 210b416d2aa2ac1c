//! Families of laws, and where the search for their parameters begins.

use crate::generator::Popularity;

/// A family of laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// [`Popularity::Dirichlet`]: one parameter.
    Dirichlet,
    /// [`Popularity::Gengamma`]: two.
    Gengamma,
    /// [`Popularity::Lognormal`]: one.
    Lognormal,
    /// [`Popularity::Zipf`]: one.
    Zipf,
    /// [`Popularity::Bimodal`]: three.
    Bimodal,
}

impl Family {
    /// The law at a place of the search: the logarithms of scales and shapes, and the share of cold experts as it is.
    pub(super) fn law(self, at: &[f64]) -> Popularity {
        let within = |index: usize, least: f64, most: f64| -> f64 {
            rounded(libm::exp(at.get(index).copied().unwrap_or_default()).clamp(least, most))
        };
        let shape = |index| within(index, 0.01, 1e4);
        match self {
            Self::Dirichlet => Popularity::Dirichlet { shape: shape(0) },
            Self::Gengamma => {
                Popularity::Gengamma { shape: shape(0), power: within(1, 0.01, 10.0) }
            }
            Self::Lognormal => Popularity::Lognormal { sigma: within(0, 0.001, 20.0) },
            Self::Zipf => Popularity::Zipf { exponent: within(0, 0.001, 20.0) },
            Self::Bimodal => Popularity::Bimodal {
                sigma: within(0, 0.001, 20.0),
                cold_share: rounded(at.get(1).copied().unwrap_or_default().clamp(0.0, 1.0)),
                offset: within(2, 0.001, 50.0),
            },
        }
    }

    /// Places from which the search begins.
    pub(super) fn starts(self) -> Vec<Vec<f64>> {
        let ln = libm::log;
        match self {
            Self::Dirichlet | Self::Lognormal | Self::Zipf => vec![vec![ln(0.3)], vec![ln(3.0)]],
            Self::Gengamma => vec![vec![ln(0.3), ln(0.6)], vec![ln(2.0), ln(2.0)]],
            Self::Bimodal => vec![vec![ln(0.5), 0.5, ln(2.0)], vec![ln(2.0), 0.3, ln(5.0)]],
        }
    }
}

/// To four significant digits; no fit knows more.
fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}
