//! One panel of stacked bars.

use super::{BarFigure, BarGroup, BarPanel, StackedBar};
use crate::chart::axis::{Domain, Scale};
use crate::chart::canvas::{Anchor, Canvas};
use crate::chart::geometry::Rect;
use crate::chart::theme::*;
use crate::chart::ticks::Ticks;
use crate::chart::{font, marker, upright};

/// Share of a group's width that stays free, and of a bar's.
const BETWEEN_GROUPS: f64 = 0.22;
const BETWEEN_BARS: f64 = 0.1;
/// Height of the flattest part that is drawn.
const LEAST: f64 = 0.01;
/// The longest text below a bar.
const BAR_LABEL: f64 = 44.0;

/// A panel with its axis.
pub(super) struct Panel<'a> {
    figure: &'a BarFigure,
    panel: &'a BarPanel,
    domain: Domain,
    pub(super) ticks: Ticks,
}

impl<'a> Panel<'a> {
    /// All panels, for plots of this height.
    pub(super) fn all(figure: &'a BarFigure, height: f64) -> Vec<Self> {
        let tops: Vec<f64> = figure.panels.iter().map(top).collect();
        let tallest = tops.iter().copied().fold(0.0, f64::max);
        let of = |(panel, &own)| {
            let top = if figure.alike { tallest } else { own };
            let domain = Domain::around(Scale::Linear, [0.0, top].into_iter());
            Self { figure, panel, domain, ticks: upright::ticks(&domain, height) }
        };
        figure.panels.iter().zip(&tops).map(of).collect()
    }

    /// Room below the axis for all texts.
    pub(super) fn below(&self) -> f64 {
        // Bars that say what they are need nothing below them.
        let axis = if self.figure.groups.is_empty() { TICK_GAP } else { BELOW };
        self.bar_label_room() + axis
    }

    /// Room for the texts below single bars.
    fn bar_label_room(&self) -> f64 {
        let bars = self.panel.groups.iter().flat_map(|group| &group.bars);
        let longest = bars.map(|bar| font::width(&bar.label, POINT_SIZE)).fold(0.0, f64::max);
        if longest > 0.0 { longest.min(BAR_LABEL) + TICK_GAP } else { 0.0 }
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, frame: &Rect, y_label: Option<f64>, below: f64) {
        canvas.group("panel", &[("fill", TEXT.to_string())], |canvas| {
            upright::draw(canvas, frame, &self.domain, &self.ticks);
            let pitch = frame.width / self.panel.groups.len() as f64;
            for (index, group) in self.panel.groups.iter().enumerate() {
                let left = frame.left + index as f64 * pitch;
                self.draw_group(canvas, group, &Rect { left, width: pitch, ..*frame });
            }
            let (x, y) = frame.centre();
            let (text, size) = font::fit(&self.panel.title, TITLE_SIZE, frame.width + MARGIN);
            canvas.text((x, frame.top - TITLE_RISE), Anchor::Middle, size, &text);
            let (text, size) =
                font::fit(&self.figure.groups, LABEL_SIZE, frame.width + 2.0 * MARGIN);
            let depth = below - LABEL_SIZE * 0.7;
            canvas.text((x, frame.bottom() + depth), Anchor::Middle, size, &text);
            if let Some(at) = y_label {
                let (text, size) = font::fit(&self.figure.label, LABEL_SIZE, frame.height + MARGIN);
                canvas.upward_text((at, y), size, &text);
            }
        });
    }

    fn draw_group(&self, canvas: &mut Canvas, group: &BarGroup, place: &Rect) {
        let pitch = place.width * (1.0 - BETWEEN_GROUPS) / group.bars.len() as f64;
        let left = place.left + place.width * BETWEEN_GROUPS / 2.0;
        for (index, bar) in group.bars.iter().enumerate() {
            let middle = left + (index as f64 + 0.5) * pitch;
            let width = pitch * (1.0 - BETWEEN_BARS);
            self.draw_bar(canvas, bar, middle, &Rect { width, ..*place });
        }
        let depth = self.bar_label_room() + TICK_GAP + TICK_SIZE * CAP_HEIGHT / 2.0 + 1.0;
        let (text, size) = font::fit(&group.label, TICK_SIZE, place.width - 2.0);
        let spot = (place.left + place.width / 2.0, place.bottom() + depth);
        canvas.text(spot, Anchor::Middle, size, &text);
    }

    /// Draws a bar as wide as `frame` around `middle`.
    fn draw_bar(&self, canvas: &mut Canvas, bar: &StackedBar, middle: f64, frame: &Rect) {
        let at = |value| frame.bottom() - self.domain.fraction(value) * frame.height;
        let mut below = 0.0;
        for part in &bar.parts {
            let (bottom, top) = (at(below), at(below + part.value));
            below += part.value;
            let place = Rect {
                left: middle - frame.width / 2.0,
                top,
                width: frame.width,
                height: bottom - top,
            };
            if place.height >= LEAST {
                canvas.group("part", &[("fill", part.colour.to_string())], |canvas| {
                    canvas.rectangle(&place);
                });
            }
        }
        for mark in &bar.marks {
            marker::draw(canvas, &[(middle, at(mark.value))], mark.style());
        }
        if !bar.label.is_empty() {
            let (text, size) = font::fit(&bar.label, POINT_SIZE, BAR_LABEL);
            let length = font::width(&text, size);
            canvas.upward_text((middle, frame.bottom() + TICK_GAP + length / 2.0), size, &text);
        }
    }
}

/// The tallest bar or mark.
fn top(panel: &BarPanel) -> f64 {
    let bars = panel.groups.iter().flat_map(|group| &group.bars);
    let heights = bars.flat_map(|bar| bar.marks.iter().map(|m| m.value).chain([bar.total()]));
    heights.fold(0.0, f64::max)
}
