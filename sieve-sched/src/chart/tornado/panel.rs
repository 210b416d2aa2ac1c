//! One panel of a tornado chart.

use super::{Bar, End, GAP, NAMES, TornadoPanel};
use crate::chart::axis::Domain;
use crate::chart::canvas::{Anchor, Canvas, stroke};
use crate::chart::geometry::Rect;
use crate::chart::style::{BLUE, ORANGE};
use crate::chart::theme::*;
use crate::chart::{font, sideways};

/// Distance between the middles of two bars, and their thickness.
const PITCH: f64 = 9.0;
const THICKNESS: f64 = 5.5;
/// The greatest share of the plot for the texts on either side of the bars.
const ENDS: f64 = 0.25;

impl TornadoPanel {
    pub(super) fn height(&self) -> f64 {
        PITCH * (self.bars.len() as f64 + 0.5)
    }

    /// Draws the panel; the axis keeps clear of the texts beside the longest bars, which stand within the frame too.
    pub(super) fn draw(&self, canvas: &mut Canvas, frame: &Rect) {
        let mut bars: Vec<&Bar> = self.bars.iter().collect();
        bars.sort_by(|a, b| self.swing(b).total_cmp(&self.swing(a)));
        let room = |side: Side| {
            let texts = bars.iter().map(|bar| font::width(&self.text(bar, side), POINT_SIZE));
            texts.fold(0.0, f64::max).min(ENDS * frame.width) + 2.0 * GAP
        };
        let (left, right) = (room(Side::Below), room(Side::Above));
        let plot = Rect { left: frame.left + left, width: frame.width - left - right, ..*frame };
        let values = bars.iter().flat_map(|bar| &bar.ends).map(|end| end.value);
        let domain = Domain::across(self.axis.scale, values.chain([self.base.value]));
        let at = |value| plot.left + domain.fraction(value) * plot.width;
        canvas.group("panel", &[("fill", TEXT.to_string())], |canvas| {
            sideways::draw(canvas, &plot, &domain, true);
            for (row, bar) in bars.iter().enumerate() {
                let y = plot.top + PITCH * (row as f64 + 0.75);
                let (text, size) = font::fit(&bar.name, TICK_SIZE, NAMES * PAGE);
                canvas.text((frame.left - GAP, y), Anchor::End, size, &text);
                for side in [Side::Below, Side::Above] {
                    self.draw_bar(canvas, bar, side, y, ENDS * frame.width, &at);
                }
            }
            let base = at(self.base.value);
            canvas.group("base", &stroke(TEXT, 0.9), |canvas| {
                canvas.line((base, plot.top), (base, plot.bottom()));
            });
            self.draw_texts(canvas, frame, &plot, base);
        });
    }

    fn draw_texts(&self, canvas: &mut Canvas, frame: &Rect, plot: &Rect, base: f64) {
        let above = plot.top - TITLE_ROOM / 2.0 + 2.0;
        let (text, size) = font::fit(&self.title, TITLE_SIZE, frame.left - GAP - MARGIN);
        canvas.text((frame.left - GAP, above), Anchor::End, size, &text);
        let (text, size) = font::fit(&self.base.label, POINT_SIZE, frame.width);
        let half = font::width(&text, size) / 2.0;
        let x = base.min(frame.right() - half).max(frame.left + half);
        canvas.text((x, above), Anchor::Middle, size, &text);
        let (x, _) = plot.centre();
        let room = 2.0 * (x - frame.left).min(frame.right() - x);
        let (text, size) = font::fit(&self.axis.label, LABEL_SIZE, room);
        canvas.text((x, plot.bottom() + X_LABEL_DEPTH), Anchor::Middle, size, &text);
    }

    fn draw_bar(
        &self,
        canvas: &mut Canvas,
        bar: &Bar,
        side: Side,
        y: f64,
        room: f64,
        at: &dyn Fn(f64) -> f64,
    ) {
        let ends = self.ends(bar, side);
        let Some((outer, inner)) = ends.split_last() else { return };
        let (from, to) = (at(self.base.value), at(outer.value));
        let (top, bottom) = (y - THICKNESS / 2.0, y + THICKNESS / 2.0);
        let (colour, anchor, away) = match side {
            Side::Below => (ORANGE, Anchor::End, -GAP),
            Side::Above => (BLUE, Anchor::Start, GAP),
        };
        canvas.group("bar", &[("fill", colour.to_string())], |canvas| {
            canvas.polygon(&[(from, top), (to, top), (to, bottom), (from, bottom)]);
        });
        canvas.group("cuts", &stroke(WHITE, 1.0), |canvas| {
            for end in inner {
                canvas.line((at(end.value), top), (at(end.value), bottom));
            }
        });
        let text = self.text(bar, side);
        let (text, size) = font::fit(&text, POINT_SIZE, room);
        canvas.text((to + away, y), anchor, size, &text);
    }

    /// The ends of a bar on one side, from the base outwards.
    fn ends<'a>(&self, bar: &'a Bar, side: Side) -> Vec<&'a End> {
        let base = self.base.value;
        let on_side = |end: &&End| match side {
            Side::Below => end.value < base,
            Side::Above => end.value >= base,
        };
        let mut ends: Vec<&End> = bar.ends.iter().filter(on_side).collect();
        ends.sort_by(|a, b| (a.value - base).abs().total_cmp(&(b.value - base).abs()));
        ends
    }

    /// What stands beside the bar on one side, in the order in which the ends lie.
    fn text(&self, bar: &Bar, side: Side) -> String {
        let mut ends = self.ends(bar, side);
        ends.sort_by(|a, b| a.value.total_cmp(&b.value));
        let labels: Vec<&str> = ends.iter().map(|end| end.label.as_str()).collect();
        labels.join(", ")
    }

    /// From the least to the greatest of the ends and the base.
    fn swing(&self, bar: &Bar) -> f64 {
        let values = || bar.ends.iter().map(|end| end.value).chain([self.base.value]);
        values().fold(f64::MIN, f64::max) - values().fold(f64::MAX, f64::min)
    }
}

#[derive(Clone, Copy)]
enum Side {
    Below,
    Above,
}
