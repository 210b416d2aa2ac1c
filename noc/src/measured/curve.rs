//! A line through measured points.

use serde::{Deserialize, Serialize};

use crate::time::Femtos;

/// Points (bytes, ns), joined by straight lines. Below the first point the time is the first one's, a floor; above the last it
/// goes on with the last slope. Integers throughout, rounded up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Curve(Vec<(u64, u64)>);

impl Curve {
    /// A line through points; [`super::Collectives::check`] says whether it can be used.
    #[must_use]
    pub fn new(points: Vec<(u64, u64)>) -> Self {
        Self(points)
    }

    /// The points.
    #[must_use]
    pub fn points(&self) -> &[(u64, u64)] {
        &self.0
    }

    /// What is wrong with the points.
    pub(super) fn finding(&self) -> Option<String> {
        let points = &self.0;
        if points.len() < 2 {
            return Some(format!("{} points; at least 2 make a line", points.len()));
        }
        if let Some(at) = (1..points.len()).find(|&at| points[at - 1].0 >= points[at].0) {
            let (before, after) = (points[at - 1].0, points[at].0);
            return Some(format!("{after} bytes after {before}; bytes increase"));
        }
        if let Some(at) = (1..points.len()).find(|&at| points[at - 1].1 > points[at].1) {
            let (before, after) = (points[at - 1].1, points[at].1);
            return Some(format!("{after} ns after {before}; more bytes do not take less time"));
        }
        if points[0].1 == 0 {
            return Some("0 ns for the first point; nothing is for free".to_owned());
        }
        let most = points[points.len() - 1].1;
        (most > NS_MAX).then(|| format!("{most} ns is above {NS_MAX}"))
    }

    /// Time of so many bytes; stops at `u64::MAX` femtoseconds.
    #[must_use]
    pub fn time(&self, bytes: u64) -> Femtos {
        // The last stretch that begins below.
        let stretch = self.0.windows(2).rev().find(|ends| ends[0].0 < bytes);
        let femtos = match stretch {
            Some(&[(from, start), (to, end)]) => {
                let rise = u128::from(end - start) * FEMTOS_PER_NS * u128::from(bytes - from);
                u128::from(start) * FEMTOS_PER_NS + rise.div_ceil(u128::from(to - from))
            }
            _ => self.0.first().map_or(0, |&(_, floor)| u128::from(floor) * FEMTOS_PER_NS),
        };
        Femtos::from_ticks(u64::try_from(femtos).unwrap_or(u64::MAX))
    }
}

const FEMTOS_PER_NS: u128 = 1_000_000;

/// The longest time that is believed: a second.
const NS_MAX: u64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn floor_lines_and_last_slope() {
        let curve = Curve::new(vec![(100, 10), (200, 20), (400, 30)]);
        let ns = |bytes| curve.time(bytes).as_ticks() as f64 / 1e6;
        assert_eq!([0, 100, 150, 200, 300, 400, 600].map(ns), [10., 10., 15., 20., 25., 30., 40.]);
        // A third of a nanosecond is rounded up.
        let curve = Curve::new(vec![(0, 1), (3, 2)]);
        assert_eq!(curve.time(1).as_ticks(), 1_333_334);
        assert_eq!(Curve::new(vec![(0, 1), (1, NS_MAX)]).time(u64::MAX).as_ticks(), u64::MAX);
    }

    #[test]
    fn what_is_no_line_is_told() {
        for (points, says) in [
            (vec![(1, 1)], "1 points"),
            (vec![(2, 1), (2, 2)], "2 bytes after 2"),
            (vec![(1, 2), (2, 1)], "1 ns after 2"),
            (vec![(1, 0), (2, 1)], "0 ns"),
            (vec![(1, 1), (2, u64::MAX)], "above"),
        ] {
            let finding = Curve::new(points).finding().unwrap();
            assert!(finding.contains(says), "{finding}");
        }
    }

    prop_compose! {
        fn any_curve()(
            steps in prop::collection::vec((1_u64..1 << 40, 0_u64..1 << 20), 2..12),
        ) -> Curve {
            let add = |sum: &mut (u64, u64), step: &(u64, u64)| {
                *sum = (sum.0 + step.0, sum.1 + step.1);
                Some(*sum)
            };
            Curve::new(steps.iter().scan((0, 1), add).collect())
        }
    }

    proptest! {
        #[test]
        fn more_bytes_never_take_less(curve in any_curve(), a in any::<u64>(), b in any::<u64>()) {
            prop_assert_eq!(curve.finding(), None);
            prop_assert!(curve.time(a.min(b)) <= curve.time(a.max(b)));
        }

        #[test]
        fn it_goes_through_its_points(curve in any_curve()) {
            for &(bytes, ns) in curve.points() {
                prop_assert_eq!(curve.time(bytes), Femtos::from_nanos(ns));
            }
        }
    }
}
