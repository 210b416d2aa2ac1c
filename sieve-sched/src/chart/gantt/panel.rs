//! One panel of a Gantt chart.

use super::{GanttPanel, NAMES, ROW, Slice};
use crate::chart::axis::Domain;
use crate::chart::canvas::{Anchor, Canvas, stroke};
use crate::chart::geometry::Rect;
use crate::chart::theme::*;
use crate::chart::{font, sideways};

/// Share of a row that slices fill where two series share it, and the white between slices.
const FILLED: f64 = 0.84;
const EDGE: f64 = 0.3;
/// Width of the shortest slice that is drawn.
const LEAST: f64 = 0.05;

impl GanttPanel {
    /// Draws the panel in `frame`, with the label of its axis if it is the last.
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        frame: &Rect,
        domain: &Domain,
        axis: Option<&str>,
    ) {
        let at = |value| frame.left + domain.fraction(value) * frame.width;
        let two = self.rows.iter().flat_map(|row| &row.slices).any(|slice| slice.second);
        canvas.group("panel", &[("fill", TEXT.to_string())], |canvas| {
            sideways::draw(canvas, frame, domain, axis.is_some());
            for (index, row) in self.rows.iter().enumerate() {
                let top = frame.top + index as f64 * ROW;
                let (text, size) = font::fit(&row.label, TICK_SIZE, NAMES * PAGE);
                let spot = (frame.left - TICK_GAP - 1.0, top + ROW / 2.0);
                canvas.text(spot, Anchor::End, size, &text);
                for slice in &row.slices {
                    draw_slice(canvas, slice, top, two, &at);
                }
            }
            let (x, _) = frame.centre();
            let (text, size) = font::fit(&self.title, TITLE_SIZE, frame.width);
            canvas.text((frame.left, frame.top - TITLE_RISE + 2.5), Anchor::Start, size, &text);
            if let Some(label) = axis {
                let (text, size) = font::fit(label, LABEL_SIZE, frame.width);
                canvas.text((x, frame.bottom() + X_LABEL_DEPTH), Anchor::Middle, size, &text);
            }
        });
    }
}

fn draw_slice(canvas: &mut Canvas, slice: &Slice, top: f64, two: bool, at: &dyn Fn(f64) -> f64) {
    let height = ROW * FILLED;
    let from = top + (ROW - height) / 2.0;
    let (top, height) = match (two, slice.second) {
        (false, _) => (from, height),
        (true, false) => (from, height / 2.0),
        (true, true) => (from + height / 2.0, height / 2.0),
    };
    let place = Rect { left: at(slice.from), top, width: at(slice.to) - at(slice.from), height };
    if place.width < LEAST {
        return;
    }
    let edge = stroke(WHITE, EDGE);
    let attributes = [&[("fill", slice.colour.to_string())], &edge[..]].concat();
    canvas.group("slice", &attributes, |canvas| canvas.rectangle(&place));
}
