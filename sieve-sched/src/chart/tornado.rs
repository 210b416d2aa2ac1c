//! Tornado charts: how far a quantity moves with each of its inputs.

mod panel;

#[cfg(test)]
mod tests;

use super::axis::Axis;
use super::canvas::Canvas;
use super::geometry::Rect;
use super::theme::*;
use super::{ChartError, Svg, check, font};

/// The greatest share of the page for the names of the bars.
const NAMES: f64 = 0.3;
/// Space between a bar and its text, and between names and plot.
const GAP: f64 = 3.0;
/// Space between panels.
const BETWEEN: f64 = 8.0;

/// Panels below each other, as wide as a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Tornado {
    /// The panels, top down.
    pub panels: Vec<TornadoPanel>,
}

/// One quantity and what it hangs on. Bars are drawn by how far they reach, the longest on top.
#[derive(Clone, Debug, PartialEq)]
pub struct TornadoPanel {
    /// Text above the panel; may be empty.
    pub title: String,
    /// The quantity.
    pub axis: Axis,
    /// Its value where no input is changed, and a text for it.
    pub base: End,
    /// Its inputs.
    pub bars: Vec<Bar>,
}

/// One input.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Its name.
    pub name: String,
    /// What the quantity becomes for each of its values.
    pub ends: Vec<End>,
}

/// A value of the quantity and a text for it, such as the value of the input.
#[derive(Clone, Debug, PartialEq)]
pub struct End {
    /// Position on the axis.
    pub value: f64,
    /// Small text.
    pub label: String,
}

impl Tornado {
    /// Draws the figure. Bars to the right of the base are blue, bars to the left are orange; of several ends on one side the
    /// inner ones are cuts in the bar, and their texts stand together, in the order in which they lie.
    ///
    /// # Errors
    /// [`ChartError`] if a panel has no bars, a bar no ends, a value no place on its axis, or a text a character that the font
    /// lacks.
    pub fn svg(&self) -> Result<Svg, ChartError> {
        check::check_tornado(&self.panels)?;
        let heights = self.panels.iter().map(|panel| TITLE_ROOM + panel.height() + BELOW);
        let height = heights.sum::<f64>() + BETWEEN * (self.panels.len() - 1) as f64;
        let mut canvas = Canvas::new(PAGE, MARGIN + height);
        let names = self.panels.iter().flat_map(|panel| &panel.bars).map(|bar| &bar.name);
        let titles = self.panels.iter().map(|panel| font::width(&panel.title, TITLE_SIZE));
        let widths = names.map(|name| font::width(name, TICK_SIZE)).chain(titles);
        let widest = widths.fold(0.0, f64::max);
        let left = MARGIN + widest.min(NAMES * PAGE) + GAP;
        let mut top = MARGIN;
        for panel in &self.panels {
            let frame = Rect {
                left,
                top: top + TITLE_ROOM,
                width: PAGE - MARGIN - left,
                height: panel.height(),
            };
            panel.draw(&mut canvas, &frame);
            top = frame.bottom() + BELOW + BETWEEN;
        }
        Ok(Svg { text: canvas.finish() })
    }
}
