//! Gantt charts: what runs where and when.

mod panel;

#[cfg(test)]
mod tests;

use super::axis::{Domain, Scale};
use super::canvas::Canvas;
use super::geometry::Rect;
use super::legend::{Legend, Sample};
use super::style::Colour;
use super::theme::*;
use super::{ChartError, Svg, check, font};

/// Height of a row of slices.
const ROW: f64 = 9.0;
/// Free space around everything and between panels.
const EDGE: f64 = 2.0;
const GAP: f64 = 5.0;
/// The greatest share of the page for the names of the rows.
const NAMES: f64 = 0.25;

/// Panels below each other with one time axis, as wide as a page, with one legend on top.
#[derive(Clone, Debug, PartialEq)]
pub struct Gantt {
    /// The time axis: quantity and unit.
    pub label: String,
    /// The panels, top down.
    pub panels: Vec<GanttPanel>,
}

/// Rows of slices.
#[derive(Clone, Debug, PartialEq)]
pub struct GanttPanel {
    /// Text above the panel.
    pub title: String,
    /// The rows, top down.
    pub rows: Vec<GanttRow>,
}

/// What one unit does.
#[derive(Clone, Debug, PartialEq)]
pub struct GanttRow {
    /// Text to the left.
    pub label: String,
    /// What it does, in any order.
    pub slices: Vec<Slice>,
}

/// One activity.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// Name in the legend. Slices of one name have one colour.
    pub name: String,
    /// Its colour.
    pub colour: Colour,
    /// A second series of activities of the same names, which is drawn lower.
    pub second: bool,
    /// When it begins.
    pub from: f64,
    /// When it ends, not before it begins.
    pub to: f64,
}

impl Gantt {
    /// Draws the figure.
    ///
    /// # Errors
    /// [`ChartError`] if there is nothing to draw, a slice ends before it begins or is not finite, or
    /// a text has a character that the font lacks.
    pub fn svg(&self) -> Result<Svg, ChartError> {
        check::check_gantt(self)?;
        let ends = self.slices().flat_map(|slice| [slice.from, slice.to]);
        let domain = Domain::around(Scale::Linear, ends.chain([0.0]));
        let labels = self.panels.iter().flat_map(|panel| &panel.rows);
        let widest = labels.map(|row| font::width(&row.label, TICK_SIZE)).fold(0.0, f64::max);
        let left = EDGE + widest.min(NAMES * PAGE) + TICK_GAP + 2.0;
        let names = self.slices().map(|slice| (slice.name.as_str(), Sample::Area(slice.colour)));
        let legend = Legend::of(names, PAGE);
        let heights = self.panels.iter().map(|panel| TITLE_ROOM + panel.rows.len() as f64 * ROW);
        let height = heights.sum::<f64>() + GAP * (self.panels.len() - 1) as f64;
        let mut top = EDGE + legend.height() + GAP;
        let mut canvas = Canvas::new(PAGE, top + height + BELOW);
        legend.draw(&mut canvas, EDGE);
        for (index, panel) in self.panels.iter().enumerate() {
            let frame = Rect {
                left,
                top: top + TITLE_ROOM,
                width: PAGE - MARGIN - left,
                height: panel.rows.len() as f64 * ROW,
            };
            let axis = (index + 1 == self.panels.len()).then_some(self.label.as_str());
            panel.draw(&mut canvas, &frame, &domain, axis);
            top = frame.bottom() + GAP;
        }
        Ok(Svg { text: canvas.finish() })
    }

    pub(super) fn slices(&self) -> impl Iterator<Item = &Slice> {
        self.panels.iter().flat_map(|panel| &panel.rows).flat_map(|row| &row.slices)
    }
}
