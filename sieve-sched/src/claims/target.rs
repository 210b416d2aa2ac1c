//! When a figure agrees with what was published.

use serde::{Deserialize, Serialize};

/// Rounding of floating-point arithmetic.
const ROUNDING: f64 = 1e-9;

/// One figure, or the ends of a range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// The least.
    pub low: f64,
    /// The largest.
    pub high: f64,
}

impl Span {
    /// A single figure.
    #[must_use]
    pub fn of(figure: f64) -> Self {
        Self { low: figure, high: figure }
    }

    /// From the lesser to the larger of two.
    #[must_use]
    pub fn between(a: f64, b: f64) -> Self {
        Self { low: a.min(b), high: a.max(b) }
    }

    /// Of several figures; `None` of none.
    #[must_use]
    pub fn over(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        figures
            .into_iter()
            .map(Self::of)
            .reduce(|a, b| Self { low: a.low.min(b.low), high: a.high.max(b.high) })
    }

    /// As a number with so many decimals.
    #[must_use]
    pub fn number(self, decimals: usize) -> String {
        self.text(|figure| format!("{figure:.decimals$}"))
    }

    /// As percents.
    #[must_use]
    pub fn percent(self) -> String {
        self.text(|share| format!("{:.1} %", 100.0 * share))
    }

    fn text(self, show: impl Fn(f64) -> String) -> String {
        let (low, high) = (show(self.low), show(self.high));
        if low == high { low } else { format!("{low} to {high}") }
    }
}

/// What a figure must fulfil.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// All that lies between these lies within ours.
    Spanned(f64, f64),
    /// Ours lies between these.
    Within(f64, f64),
    /// Ours is at most this.
    AtMost(f64),
    /// Ours is at least this.
    AtLeast(f64),
}

impl Target {
    /// How far ours is from fulfilling it, as a share of the end that it misses, positive above; 0 if it holds.
    #[must_use]
    pub fn difference(self, ours: Span) -> f64 {
        let above = |figure: f64, end: f64| ((figure - end) / end.abs()).max(0.0);
        let below = |figure: f64, end: f64| -((end - figure) / end.abs()).max(0.0);
        let farther = |a: f64, b: f64| if a.abs() > b.abs() { a } else { b };
        let difference = match self {
            Self::Spanned(low, high) => farther(above(ours.low, low), below(ours.high, high)),
            Self::Within(low, high) => farther(above(ours.high, high), below(ours.low, low)),
            Self::AtMost(end) => above(ours.high, end),
            Self::AtLeast(end) => below(ours.low, end),
        };
        if difference.abs() < ROUNDING { 0.0 } else { difference }
    }

    /// In words, each number as `show` has it.
    #[must_use]
    pub fn text(self, show: impl Fn(Span) -> String) -> String {
        match self {
            Self::Spanned(low, high) => format!("spans {}", show(Span { low, high })),
            Self::Within(low, high) => format!("within {}", show(Span { low, high })),
            Self::AtMost(end) => format!("at most {}", show(Span::of(end))),
            Self::AtLeast(end) => format!("at least {}", show(Span::of(end))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn differs(target: Target, low: f64, high: f64, by: f64) {
        let difference = target.difference(Span { low, high });
        assert!((difference - by).abs() < 1e-12, "{difference}");
    }

    #[test]
    fn a_difference_is_that_to_the_end_which_is_missed() {
        differs(Target::Spanned(1.25, 1.5), 1.0, 2.0, 0.0);
        differs(Target::Spanned(1.25, 1.5), 1.0, 1.2, -0.2);
        differs(Target::Spanned(1.25, 1.5), 1.5, 2.0, 0.2);
        differs(Target::Spanned(1.25, 1.5), 1.3, 1.2, -0.2);
        differs(Target::Within(1.8, 4.2), 2.0, 4.2, 0.0);
        differs(Target::Within(2.0, 4.0), 2.0, 5.0, 0.25);
        differs(Target::Within(2.0, 4.0), 1.0, 3.0, -0.5);
        differs(Target::AtMost(0.1), 0.0, 0.15, 0.5);
        differs(Target::AtMost(0.1), 0.0, 0.1, 0.0);
        differs(Target::AtLeast(0.3), 0.15, 0.9, -0.5);
        differs(Target::AtLeast(0.3), 0.3, 0.9, 0.0);
    }
}
