//! When a claim holds.

use sieve_sched::claims::{Span, Target};

use crate::claim::{Published, Status, Tolerance};

/// Rounding of floating-point arithmetic, as a share.
const ROUNDING: f64 = 1e-12;

/// What a comparison says about a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Enforced, and within tolerance.
    Holds,
    /// Enforced, and not within tolerance.
    Misses,
    /// A known gap that is still there.
    GapAsKnown,
    /// A known gap that is no longer there: its status has to change.
    GapClosed,
    /// Not judged.
    Reported,
    /// Not measured, as a part of it is not modelled.
    NotModelled,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 6] = [
        Self::Holds,
        Self::Misses,
        Self::GapAsKnown,
        Self::GapClosed,
        Self::Reported,
        Self::NotModelled,
    ];

    /// Of a claim whose figure is off by `difference`, see [`Published::difference`].
    #[must_use]
    pub fn new(status: &Status, tolerance: Tolerance, difference: f64) -> Self {
        match (status, tolerance.allows(difference)) {
            (Status::Enforced, true) => Self::Holds,
            (Status::Enforced, false) => Self::Misses,
            (Status::KnownGap(_), true) => Self::GapClosed,
            (Status::KnownGap(_), false) => Self::GapAsKnown,
            (Status::Band, _) => Self::Reported,
            (Status::NotModelled(_), _) => Self::NotModelled,
        }
    }

    /// Whether it fails the run.
    #[must_use]
    pub fn fails(self) -> bool {
        matches!(self, Self::Misses | Self::GapClosed)
    }

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Misses => "misses",
            Self::GapAsKnown => "gap_as_known",
            Self::GapClosed => "gap_closed",
            Self::Reported => "reported",
            Self::NotModelled => "not_modelled",
        }
    }
}

impl Published {
    /// How far ours is from agreeing, as a share of the published number or of the end that it misses; positive above, 0 if
    /// it agrees, infinite against a published 0, no number against words.
    #[must_use]
    pub fn difference(&self, ours: Span) -> f64 {
        if ours.low.is_nan() || ours.high.is_nan() {
            return f64::NAN;
        }
        match *self {
            Self::Value(value) => farther(ours, |_| value),
            Self::Range(least, most) => farther(ours, |end| end.max(least).min(most)),
            Self::Spanned(least, most) => Target::Spanned(least, most).difference(ours),
            Self::AtMost(most) => Target::AtMost(most).difference(ours),
            Self::AtLeast(least) => Target::AtLeast(least).difference(ours),
            Self::Said(_) => f64::NAN,
        }
    }
}

/// The larger difference of the two ends of ours, each from what is nearest to it.
fn farther(ours: Span, nearest: impl Fn(f64) -> f64) -> f64 {
    let [low, high] = [ours.low, ours.high].map(|end| {
        let nearest = nearest(end);
        if end == nearest { 0.0 } else { (end - nearest) / nearest.abs() }
    });
    if low.abs() > high.abs() { low } else { high }
}

impl Tolerance {
    /// The difference that is allowed, as a share; 0 for exact.
    #[must_use]
    pub fn share(self) -> f64 {
        match self {
            Self::Exact => 0.0,
            Self::Relative(share) => share,
        }
    }

    fn allows(self, difference: f64) -> bool {
        difference.abs() <= self.share().max(ROUNDING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(
        published: Published,
        tolerance: Tolerance,
        ours: f64,
        enforced: Verdict,
        gap: Verdict,
    ) {
        let verdict =
            |status: &Status| Verdict::new(status, tolerance, published.difference(Span::of(ours)));
        assert_eq!(verdict(&Status::Enforced), enforced);
        assert_eq!(verdict(&Status::KnownGap("why".to_owned())), gap);
        assert_eq!(verdict(&Status::Band), Verdict::Reported);
        assert_eq!(enforced.fails(), enforced == Verdict::Misses);
        assert_eq!(gap.fails(), gap == Verdict::GapClosed);
    }

    #[track_caller]
    fn agrees(published: Published, tolerance: Tolerance, ours: f64) {
        check(published, tolerance, ours, Verdict::Holds, Verdict::GapClosed);
    }

    #[track_caller]
    fn differs(published: Published, tolerance: Tolerance, ours: f64) {
        check(published, tolerance, ours, Verdict::Misses, Verdict::GapAsKnown);
    }

    #[test]
    fn a_number_agrees_within_its_tolerance_on_either_side() {
        agrees(Published::Value(100.0), Tolerance::Relative(0.05), 95.0);
        agrees(Published::Value(100.0), Tolerance::Relative(0.05), 105.0);
        differs(Published::Value(100.0), Tolerance::Relative(0.05), 105.1);
        differs(Published::Value(-100.0), Tolerance::Relative(0.05), -94.9);
    }

    #[test]
    fn exact_forgives_rounding_and_nothing_else() {
        agrees(Published::Value(0.3), Tolerance::Exact, 0.1 + 0.2);
        differs(Published::Value(138.0), Tolerance::Exact, 138.0 + 1e-9);
    }

    #[test]
    fn zero_agrees_with_zero_alone() {
        agrees(Published::Value(0.0), Tolerance::Exact, 0.0);
        differs(Published::Value(0.0), Tolerance::Relative(0.5), 1e-9);
    }

    #[test]
    fn a_range_agrees_within_and_near_its_ends() {
        let range = || Published::Range(2.0, 4.0);
        for ours in [2.0, 3.0, 4.0] {
            agrees(range(), Tolerance::Exact, ours);
        }
        assert_eq!(range().difference(Span::of(5.0)), 0.25);
        assert_eq!(range().difference(Span::of(1.5)), -0.25);
        assert_eq!(range().difference(Span::between(1.5, 6.0)), 0.5);
        agrees(range(), Tolerance::Relative(0.25), 5.0);
        differs(range(), Tolerance::Exact, 1.9);
    }

    #[test]
    fn what_is_no_number_never_agrees() {
        differs(Published::Value(1.0), Tolerance::Relative(1.0), f64::NAN);
        differs(Published::Range(1.0, 2.0), Tolerance::Relative(1.0), f64::NAN);
        differs(Published::AtMost(1.0), Tolerance::Relative(1.0), f64::NAN);
        differs(Published::Said("close".to_owned()), Tolerance::Relative(1.0), 1.0);
    }
}
