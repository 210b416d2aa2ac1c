//! Free places for the small texts beside markers.

use super::geometry::{Rect, Spot};

/// Distances between marker and label to try, with the cost of each.
const RINGS: [(f64, f64); 3] = [(0.6, 0.0), (2.4, 1.0), (5.0, 2.5)];

/// Share of a distance along a diagonal that each axis sees.
const DIAGONAL: f64 = 0.71;

/// Sides of the marker to try, the most usual first.
const SIDES: [(f64, f64); 8] = [
    (DIAGONAL, -DIAGONAL),
    (0.0, -1.0),
    (1.0, 0.0),
    (-DIAGONAL, DIAGONAL),
    (0.0, 1.0),
    (-1.0, 0.0),
    (-DIAGONAL, -DIAGONAL),
    (DIAGONAL, DIAGONAL),
];

/// Least free space around a label.
const NEAR: f64 = 0.6;

/// Cost of a segment of a line within that space, and the most segments that leave it legible.
const CROSSING: f64 = 4.0;
const MOST_CROSSINGS: usize = 1;

/// A disc that labels keep off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Disc {
    pub(super) centre: Spot,
    pub(super) radius: f64,
}

/// What a label must stay clear of.
pub(super) struct Clutter {
    /// Labels never leave it.
    pub(super) frame: Rect,
    /// Labels overlap no marker and stand nearer to their own than to any other.
    pub(super) markers: Vec<Disc>,
    /// Labels already placed, which new ones do not overlap.
    pub(super) labels: Vec<Rect>,
    /// Segments of lines: labels avoid them if they can.
    pub(super) segments: Vec<(Spot, Spot)>,
}

impl Clutter {
    /// The best free rectangle of `width` x `height` beside `marker`, which is taken from then on;
    /// `None` if there is none.
    pub(super) fn place(&mut self, marker: Disc, width: f64, height: f64) -> Option<Rect> {
        let (x, y) = marker.centre;
        let candidates = RINGS.iter().flat_map(|&(gap, cost)| {
            SIDES.map(|(right, down)| {
                let distance = marker.radius + gap;
                let dx = right * distance + side(right) * width / 2.0;
                let dy = down * distance + side(down) * height / 2.0;
                (cost, Rect::centred((x + dx, y + dy), width, height))
            })
        });
        let (_, place) = candidates
            .filter(|(_, place)| self.is_free(place, marker))
            .map(|(cost, place)| (cost, self.crossings(&place), place))
            .filter(|&(_, crossings, _)| crossings <= MOST_CROSSINGS)
            .map(|(cost, crossings, place)| (cost + CROSSING * crossings as f64, place))
            .min_by(|(a, _), (b, _)| a.total_cmp(b))?;
        self.labels.push(place);
        Some(place)
    }

    fn is_free(&self, place: &Rect, marker: Disc) -> bool {
        let own = place.distance(marker.centre);
        let clear_of = |other: &Disc| {
            let distance = place.distance(other.centre);
            distance >= other.radius && distance >= own
        };
        let near = place.grown(NEAR);
        self.frame.contains(place)
            && self.markers.iter().all(clear_of)
            && !self.labels.iter().any(|other| other.overlaps(&near))
    }

    fn crossings(&self, place: &Rect) -> usize {
        let near = place.grown(NEAR);
        self.segments.iter().filter(|(a, b)| near.is_crossed(*a, *b)).count()
    }
}

/// -1, 0 or 1 by the sign of a direction.
fn side(direction: f64) -> f64 {
    if direction == 0.0 { 0.0 } else { direction.signum() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FRAME: Rect = Rect { left: 0.0, top: 0.0, width: 100.0, height: 60.0 };

    fn disc(centre: Spot) -> Disc {
        Disc { centre, radius: 2.0 }
    }

    #[test]
    fn a_label_avoids_lines_where_it_can() {
        let marker = disc((50.0, 30.0));
        let segments = vec![((0.0, 80.0), (50.0, 30.0)), ((50.0, 30.0), (100.0, -20.0))];
        let mut clutter =
            Clutter { frame: FRAME, markers: vec![marker], labels: Vec::new(), segments };
        let place = clutter.place(marker, 8.0, 5.0).expect("there is room");
        assert!(!clutter.segments.iter().any(|&(a, b)| place.is_crossed(a, b)));
    }

    proptest! {
        #[test]
        fn labels_keep_off_markers_and_each_other_and_are_nearest_to_their_own(
            spots in prop::collection::vec((0.0..100.0, 0.0..60.0), 1..40),
        ) {
            let markers: Vec<Disc> = spots.into_iter().map(disc).collect();
            let mut clutter = Clutter {
                frame: FRAME,
                markers: markers.clone(),
                labels: Vec::new(),
                segments: Vec::new(),
            };
            let mut placed: Vec<Rect> = Vec::new();
            for &marker in &markers {
                let Some(place) = clutter.place(marker, 9.0, 5.0) else { continue };
                prop_assert!(FRAME.contains(&place));
                prop_assert!(!placed.iter().any(|other| other.overlaps(&place)));
                for other in &markers {
                    prop_assert!(place.distance(other.centre) >= other.radius);
                    prop_assert!(place.distance(other.centre) >= place.distance(marker.centre));
                }
                placed.push(place);
            }
        }
    }
}
