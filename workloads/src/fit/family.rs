//! Families of laws, and where the search for their parameters begins.

use serde::Serialize;

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

/// A parameter that the fit took to the edge of the range it looks at: the best one may lie beyond, or the targets may not tell.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BoundMet {
    /// Its name, as in [`Popularity`].
    pub parameter: &'static str,
    /// The bound.
    pub value: f64,
}

/// What a search looks at: values from `least` to `most`, by their logarithms or as they are.
struct Parameter {
    name: &'static str,
    least: f64,
    most: f64,
    by_logarithm: bool,
}

const SHAPE: Parameter = scale("shape", 0.01, 1e4);
const POWER: Parameter = scale("power", 0.01, 10.0);
const SIGMA: Parameter = scale("sigma", 0.001, 20.0);
const EXPONENT: Parameter = scale("exponent", 0.001, 20.0);
const OFFSET: Parameter = scale("offset", 0.001, 50.0);
const COLD_SHARE: Parameter =
    Parameter { name: "cold_share", least: 0.0, most: 1.0, by_logarithm: false };

const fn scale(name: &'static str, least: f64, most: f64) -> Parameter {
    Parameter { name, least, most, by_logarithm: true }
}

impl Parameter {
    /// At a place of the search.
    fn value(&self, at: f64) -> f64 {
        let value = if self.by_logarithm { libm::exp(at) } else { at };
        rounded(value.clamp(self.least, self.most))
    }
}

impl Family {
    /// The law at a place of the search.
    pub(super) fn law(self, at: &[f64]) -> Popularity {
        let at = |index: usize| at.get(index).copied().unwrap_or_default();
        let value = |index: usize| self.parameters()[index].value(at(index));
        match self {
            Self::Dirichlet => Popularity::Dirichlet { shape: value(0) },
            Self::Gengamma => Popularity::Gengamma { shape: value(0), power: value(1) },
            Self::Lognormal => Popularity::Lognormal { sigma: value(0) },
            Self::Zipf => Popularity::Zipf { exponent: value(0) },
            Self::Bimodal => {
                Popularity::Bimodal { sigma: value(0), cold_share: value(1), offset: value(2) }
            }
        }
    }

    /// The parameters that the end of a search leaves at the edge of what it looks at.
    pub(super) fn bounds_met(self, at: &[f64]) -> Vec<BoundMet> {
        let met = |(parameter, &at): (&Parameter, &f64)| {
            let value = parameter.value(at);
            let bound = value == parameter.least || value == parameter.most;
            bound.then_some(BoundMet { parameter: parameter.name, value })
        };
        self.parameters().iter().zip(at).filter_map(met).collect()
    }

    /// In the order of the places of a search.
    fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::Dirichlet => &[SHAPE],
            Self::Gengamma => &[SHAPE, POWER],
            Self::Lognormal => &[SIGMA],
            Self::Zipf => &[EXPONENT],
            Self::Bimodal => &[SIGMA, COLD_SHARE, OFFSET],
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
