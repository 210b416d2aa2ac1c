//! Points and rectangles of the page, in points with y downwards.

/// A position: x, y.
pub(super) type Spot = (f64, f64);

/// A rectangle with sides along the axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Rect {
    pub(super) fn centred((x, y): Spot, width: f64, height: f64) -> Self {
        Self { left: x - width / 2.0, top: y - height / 2.0, width, height }
    }

    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    pub(super) fn centre(&self) -> Spot {
        (self.left + self.width / 2.0, self.top + self.height / 2.0)
    }

    /// The rectangle with each side moved outwards by `by`.
    pub(super) fn grown(&self, by: f64) -> Self {
        Self::centred(self.centre(), self.width + 2.0 * by, self.height + 2.0 * by)
    }

    /// Distance from `spot` to the nearest side, zero inside.
    pub(super) fn distance(&self, (x, y): Spot) -> f64 {
        let dx = (self.left - x).max(x - self.right()).max(0.0);
        let dy = (self.top - y).max(y - self.bottom()).max(0.0);
        libm::hypot(dx, dy)
    }

    pub(super) fn contains(&self, other: &Self) -> bool {
        self.left <= other.left
            && self.top <= other.top
            && other.right() <= self.right()
            && other.bottom() <= self.bottom()
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right()
            && other.left < self.right()
            && self.top < other.bottom()
            && other.top < self.bottom()
    }

    /// Whether the segment from `a` to `b` has a part inside (Liang and Barsky's clipping).
    pub(super) fn is_crossed(&self, a: Spot, b: Spot) -> bool {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let sides = [
            (-dx, a.0 - self.left),
            (dx, self.right() - a.0),
            (-dy, a.1 - self.top),
            (dy, self.bottom() - a.1),
        ];
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        for (outward, room) in sides {
            if outward == 0.0 && room < 0.0 {
                return false;
            } else if outward < 0.0 {
                enter = enter.max(room / outward);
            } else if outward > 0.0 {
                leave = leave.min(room / outward);
            }
        }
        enter < leave
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Rect = Rect { left: 0.0, top: 0.0, width: 1.0, height: 1.0 };

    #[test]
    fn a_segment_crosses_only_what_it_enters() {
        assert!(UNIT.is_crossed((-1.0, 0.5), (2.0, 0.5)));
        assert!(UNIT.is_crossed((0.2, 0.2), (0.8, 0.8)));
        assert!(!UNIT.is_crossed((-1.0, 0.5), (-0.1, 0.5)));
        assert!(!UNIT.is_crossed((-1.0, 0.5), (0.5, 2.1)));
        assert!(!UNIT.is_crossed((-1.0, 2.0), (2.0, 2.0)));
    }

    #[test]
    fn rectangles_that_share_a_side_do_not_overlap() {
        let beside = Rect { left: 1.0, ..UNIT };
        assert!(!UNIT.overlaps(&beside));
        assert!(UNIT.overlaps(&Rect { left: 0.9, ..UNIT }));
    }
}
