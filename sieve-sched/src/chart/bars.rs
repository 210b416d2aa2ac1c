//! Stacked bars in groups: shares of a whole, parts of a sum.

mod panel;

#[cfg(test)]
mod tests;

use super::canvas::Canvas;
use super::geometry::Rect;
use super::legend::{Legend, Sample};
use super::style::{Colour, Style};
use super::theme::*;
use super::{ChartError, Svg, check, upright};
use panel::Panel;

/// The most panels beside each other.
const COLUMNS: usize = 4;
/// Most bars of a figure with one panel that fit the width of a column.
const FEW: usize = 20;
/// Height of the plots.
const HEIGHT: f64 = 118.0;
/// Room for the y label.
const Y_LABEL_ROOM: f64 = LABEL_SIZE + 5.0;
/// Free space above everything, below the legend and between rows.
const EDGE: f64 = 2.0;
const GAP: f64 = 5.0;

/// Panels side by side, at most four to a row, with one legend on top.
#[derive(Clone, Debug, PartialEq)]
pub struct BarFigure {
    /// Quantity and unit of the heights.
    pub label: String,
    /// Quantity that tells the groups apart; empty where texts below single bars say it all, and groups have none.
    pub groups: String,
    /// Whether all panels have the y axis of the tallest.
    pub alike: bool,
    /// The panels in reading order.
    pub panels: Vec<BarPanel>,
}

/// One coordinate system with its groups of bars.
#[derive(Clone, Debug, PartialEq)]
pub struct BarPanel {
    /// Text above the panel; may be empty.
    pub title: String,
    /// The groups from left to right.
    pub groups: Vec<BarGroup>,
}

/// Bars that stand close together.
#[derive(Clone, Debug, PartialEq)]
pub struct BarGroup {
    /// Text below the group.
    pub label: String,
    /// The bars from left to right.
    pub bars: Vec<StackedBar>,
}

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct StackedBar {
    /// Text below the bar, upright; may be empty.
    pub label: String,
    /// Its parts from the bottom up.
    pub parts: Vec<Part>,
    /// Values that are marked beside what it shows.
    pub marks: Vec<Mark>,
}

/// One part of a bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Name in the legend. Parts of one name have one colour.
    pub name: String,
    /// Its colour.
    pub colour: Colour,
    /// Its height, not negative.
    pub value: f64,
}

/// A value to hold a bar against, counted from its bottom.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Name in the legend. Marks of one name have one style.
    pub name: String,
    /// Its marker; a line is not drawn.
    pub style: Style,
    /// Its height.
    pub value: f64,
}

impl BarFigure {
    /// Draws the figure: as wide as a column with one panel of few bars, as a page otherwise.
    ///
    /// # Errors
    /// [`ChartError`] if there is nothing to draw, a value is negative or not finite, or a text has a
    /// character that the font lacks.
    pub fn svg(&self) -> Result<Svg, ChartError> {
        check::check_bars(self)?;
        let bars: usize = self.bars().count();
        let width = if self.panels.len() == 1 && bars <= FEW { COLUMN } else { PAGE };
        let columns = self.panels.len().min(COLUMNS);
        let panels = Panel::all(self, HEIGHT);
        let room = panels.iter().map(|panel| upright::room(&panel.ticks)).fold(0.0, f64::max);
        let inner = width - EDGE - Y_LABEL_ROOM - columns as f64 * (MARGIN + room);
        let plot = inner / columns as f64;

        let legend = Legend::of(self.names(), width);
        let above = TITLE_ROOM;
        let below = panels.iter().map(Panel::below).fold(0.0, f64::max);
        let row = above + HEIGHT + below;
        let rows = self.panels.len().div_ceil(columns) as f64;
        let top = EDGE + legend.height() + GAP;
        let mut canvas = Canvas::new(width, top + rows * (row + GAP) - GAP);
        legend.draw(&mut canvas, EDGE);
        for (index, panel) in panels.iter().enumerate() {
            let (line, column) = (index / columns, index % columns);
            let frame = Rect {
                left: EDGE + Y_LABEL_ROOM + room + column as f64 * (plot + room + MARGIN),
                top: top + line as f64 * (row + GAP) + above,
                width: plot,
                height: HEIGHT,
            };
            let y_label = (column == 0).then_some(EDGE + LABEL_SIZE / 2.0);
            panel.draw(&mut canvas, &frame, y_label, below);
        }
        Ok(Svg { text: canvas.finish() })
    }

    pub(super) fn bars(&self) -> impl Iterator<Item = &StackedBar> {
        self.panels.iter().flat_map(|panel| &panel.groups).flat_map(|group| &group.bars)
    }

    /// Every name with what stands before it: parts, then marks.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, Sample)> {
        let parts = self.bars().flat_map(|bar| &bar.parts);
        let marks = self.bars().flat_map(|bar| &bar.marks);
        let parts = parts.map(|part| (part.name.as_str(), Sample::Area(part.colour)));
        parts.chain(marks.map(|mark| (mark.name.as_str(), Sample::Line(mark.style()))))
    }
}

impl Mark {
    fn style(&self) -> Style {
        self.style.only(super::Parts::Markers)
    }
}

impl StackedBar {
    /// Its height with all parts.
    pub(super) fn total(&self) -> f64 {
        self.parts.iter().map(|part| part.value).sum()
    }
}
