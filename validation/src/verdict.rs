//! When a claim holds.

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
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 5] =
        [Self::Holds, Self::Misses, Self::GapAsKnown, Self::GapClosed, Self::Reported];

    /// Of a claim whose figure is off by `difference`, see [`Published::difference`].
    #[must_use]
    pub fn new(status: &Status, tolerance: Tolerance, difference: f64) -> Self {
        match (status, tolerance.allows(difference)) {
            (Status::Enforced, true) => Self::Holds,
            (Status::Enforced, false) => Self::Misses,
            (Status::KnownGap(_), true) => Self::GapClosed,
            (Status::KnownGap(_), false) => Self::GapAsKnown,
            (Status::Band, _) => Self::Reported,
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
        }
    }
}

impl Published {
    /// How far ours is from the published number, or from the nearer end of the range, as a share of that; positive above.
    /// 0 within the range, infinite against a published 0.
    #[must_use]
    pub fn difference(self, ours: f64) -> f64 {
        let nearest = match self {
            Self::Value(value) => value,
            Self::Range(least, most) => ours.max(least).min(most),
        };
        if ours == nearest { 0.0 } else { (ours - nearest) / nearest.abs() }
    }
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
        let verdict = |status: &Status| Verdict::new(status, tolerance, published.difference(ours));
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
        let range = Published::Range(2.0, 4.0);
        for ours in [2.0, 3.0, 4.0] {
            agrees(range, Tolerance::Exact, ours);
        }
        assert_eq!(range.difference(5.0), 0.25);
        assert_eq!(range.difference(1.5), -0.25);
        agrees(range, Tolerance::Relative(0.25), 5.0);
        differs(range, Tolerance::Exact, 1.9);
    }

    #[test]
    fn what_is_no_number_never_agrees() {
        differs(Published::Value(1.0), Tolerance::Relative(1.0), f64::NAN);
        differs(Published::Range(1.0, 2.0), Tolerance::Relative(1.0), f64::NAN);
    }
}
