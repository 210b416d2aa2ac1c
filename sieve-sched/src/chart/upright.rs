//! Upright axes: their ticks, and the room that those need.

use super::axis::{Domain, Scale};
use super::canvas::{Anchor, Canvas, stroke};
use super::font;
use super::geometry::Rect;
use super::theme::*;
use super::ticks::{self, Ticks};

/// Least distance between the baselines of tick labels above each other, on a linear axis and on
/// a logarithmic one, whose labels are uneven.
const LABEL_PITCH: (f64, f64) = (16.0, 11.0);

/// The ticks of an axis of this height.
pub(super) fn ticks(domain: &Domain, height: f64) -> Ticks {
    let (linear, logarithmic) = LABEL_PITCH;
    let pitch = if domain.scale == Scale::Linear { linear } else { logarithmic };
    ticks::ticks(domain, |major| {
        let places = major.iter().map(|tick| domain.fraction(tick.value) * height);
        places.is_sorted_by(|below, above| above - below >= pitch)
    })
}

/// Space left of the axis for ticks and their labels.
pub(super) fn room(ticks: &Ticks) -> f64 {
    let widths = ticks.major.iter().map(|tick| font::width(&tick.label, TICK_SIZE));
    widths.fold(0.0, f64::max) + TICK_GAP + TICK_LENGTH
}

/// Draws the axis at the left of `frame` with a grid to its right, and the axis below it.
pub(super) fn draw(canvas: &mut Canvas, frame: &Rect, domain: &Domain, ticks: &Ticks) {
    let at = |value| frame.bottom() - domain.fraction(value) * frame.height;
    canvas.group("grid-major", &stroke(GRID_MAJOR, 0.5), |canvas| {
        for tick in &ticks.major {
            canvas.line((frame.left, at(tick.value)), (frame.right(), at(tick.value)));
        }
    });
    canvas.group("axes", &stroke(SPINE, 0.7), |canvas| {
        let (left, bottom) = (frame.left, frame.bottom());
        canvas.polyline(&[(left, frame.top), (left, bottom), (frame.right(), bottom)]);
        for tick in &ticks.major {
            canvas.line((left - TICK_LENGTH, at(tick.value)), (left, at(tick.value)));
        }
    });
    canvas.group("tick-labels", &[], |canvas| {
        for tick in &ticks.major {
            let spot = (frame.left - TICK_LENGTH - TICK_GAP, at(tick.value));
            canvas.text(spot, Anchor::End, TICK_SIZE, &tick.label);
        }
    });
}
