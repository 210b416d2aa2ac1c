//! Level axes below rows.

use super::axis::Domain;
use super::canvas::{Anchor, Canvas, stroke};
use super::font;
use super::geometry::Rect;
use super::theme::*;
use super::ticks::ticks;

/// Least free space between tick labels.
const TICK_SPACE: f64 = 8.0;

/// Draws the axis at the bottom of `frame` with a grid above it, and its labels if they are wanted.
pub(super) fn draw(canvas: &mut Canvas, frame: &Rect, domain: &Domain, labels: bool) {
    let ticks = ticks(domain, |major| {
        let spans = major.iter().map(|tick| {
            let half = (font::width(&tick.label, TICK_SIZE) + TICK_SPACE) / 2.0;
            let middle = domain.fraction(tick.value) * frame.width;
            (middle - half, middle + half)
        });
        spans.collect::<Vec<_>>().is_sorted_by(|left, right| left.1 <= right.0)
    });
    let at = |value| frame.left + domain.fraction(value) * frame.width;
    let bottom = frame.bottom();
    canvas.group("grid-major", &stroke(GRID_MAJOR, 0.5), |canvas| {
        for tick in &ticks.major {
            canvas.line((at(tick.value), frame.top), (at(tick.value), bottom));
        }
    });
    canvas.group("axes", &stroke(SPINE, 0.7), |canvas| {
        canvas.line((frame.left, bottom), (frame.right(), bottom));
        for tick in &ticks.major {
            canvas.line((at(tick.value), bottom), (at(tick.value), bottom + TICK_LENGTH));
        }
    });
    if labels {
        canvas.group("tick-labels", &[], |canvas| {
            let below = bottom + TICK_LENGTH + TICK_GAP + TICK_SIZE * CAP_HEIGHT / 2.0;
            for tick in &ticks.major {
                canvas.text((at(tick.value), below), Anchor::Middle, TICK_SIZE, &tick.label);
            }
        });
    }
}
