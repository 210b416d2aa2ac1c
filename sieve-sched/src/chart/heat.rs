//! Heat maps: a value for each cell of a grid, in one scale of colours.

mod panel;

#[cfg(test)]
mod tests;

use super::canvas::{Anchor, Canvas};
use super::geometry::Rect;
use super::style::Colour;
use super::theme::*;
use super::{ChartError, Svg, check, font};

/// The most panels beside each other.
const COLUMNS: usize = 3;
/// Height of a row of cells, at least.
const CELL: f64 = 5.0;
/// Free space around everything and between rows of panels.
const EDGE: f64 = 2.0;
const GAP: f64 = 6.0;
/// Width and height of the bar that explains the colours.
const BAR: (f64, f64) = (120.0, 6.0);
/// Steps of that bar.
const STEPS: u32 = 60;

/// From nothing to the greatest value: lighter is less, in grey as in colour.
const SCALE: [Colour; 4] = [
    Colour([0xf3, 0xf6, 0xf9]),
    Colour([0x7f, 0xb8, 0xd8]),
    Colour([0x00, 0x72, 0xb2]),
    Colour([0x06, 0x20, 0x3c]),
];

/// Panels of cells, as wide as a page, at most three to a row, with the scale of colours on top.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// The quantity that colours stand for, from 0 to 1.
    pub label: String,
    /// What the columns of cells count.
    pub x: String,
    /// What the rows of cells count.
    pub y: String,
    /// The panels in reading order.
    pub panels: Vec<HeatPanel>,
}

/// One grid of cells.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatPanel {
    /// Text above the panel.
    pub title: String,
    /// Values from 0 to 1: rows from the top, cells from the left. All rows are equally long.
    pub rows: Vec<Vec<f64>>,
}

impl HeatMap {
    /// Draws the figure.
    ///
    /// # Errors
    /// [`ChartError`] if there is nothing to draw, rows differ in length, a value is not between 0
    /// and 1, or a text has a character that the font lacks.
    pub fn svg(&self) -> Result<Svg, ChartError> {
        check::check_heat(self)?;
        let columns = self.panels.len().min(COLUMNS);
        let gutter = LABEL_SIZE + TICK_SIZE + 8.0;
        let width =
            (PAGE - 2.0 * EDGE - columns as f64 * (gutter + MARGIN) + MARGIN) / columns as f64;
        let rows = self.panels.iter().map(|panel| panel.rows.len()).max().unwrap_or(1);
        let cell = CELL.max(width / self.panels[0].rows[0].len() as f64);
        let height = rows as f64 * cell;
        let line = TITLE_ROOM + height + BELOW;
        let top = EDGE + LEGEND_SIZE + BAR.1 + GAP;
        let lines = self.panels.len().div_ceil(columns) as f64;
        let mut canvas = Canvas::new(PAGE, top + lines * (line + GAP) - GAP);
        self.draw_scale(&mut canvas);
        for (index, panel) in self.panels.iter().enumerate() {
            let (down, right) = ((index / columns) as f64, (index % columns) as f64);
            let frame = Rect {
                left: EDGE + gutter + right * (gutter + width + MARGIN),
                top: top + down * (line + GAP) + TITLE_ROOM,
                width,
                height: panel.rows.len() as f64 * cell,
            };
            panel.draw(&mut canvas, &frame, self, gutter);
        }
        Ok(Svg { text: canvas.finish() })
    }

    /// The bar that explains the colours, with the quantity to its left.
    fn draw_scale(&self, canvas: &mut Canvas) {
        let (text, size) = font::fit(&self.label, LEGEND_SIZE, PAGE - BAR.0 - 60.0);
        let length = font::width(&text, size) + 16.0;
        let left = (PAGE - BAR.0 - length) / 2.0 + length;
        let y = EDGE + LEGEND_SIZE / 2.0;
        canvas.group("legend", &[("fill", TEXT.to_string())], |canvas| {
            canvas.text((left - 14.0, y), Anchor::End, size, &text);
            canvas.text((left - 3.0, y), Anchor::End, TICK_SIZE, "0");
            canvas.text((left + BAR.0 + 3.0, y), Anchor::Start, TICK_SIZE, "1");
            for step in 0..STEPS {
                let share = f64::from(step) / f64::from(STEPS - 1);
                let pitch = BAR.0 / f64::from(STEPS);
                let place = Rect {
                    left: left + f64::from(step) * pitch,
                    top: y - BAR.1 / 2.0,
                    // Neighbours overlap, so that no seam shows.
                    width: if step + 1 == STEPS { pitch } else { pitch + 0.5 },
                    height: BAR.1,
                };
                canvas.group("step", &[("fill", colour(share).to_string())], |canvas| {
                    canvas.rectangle(&place);
                });
            }
        });
    }
}

/// The colour of a value from 0 to 1.
fn colour(value: f64) -> Colour {
    let along = value.clamp(0.0, 1.0) * (SCALE.len() - 1) as f64;
    let index = (along as usize).min(SCALE.len() - 2);
    let between = along - index as f64;
    let mix = |channel: usize| {
        let [from, to] = [SCALE[index], SCALE[index + 1]].map(|c| f64::from(c.0[channel]));
        libm::round(from + between * (to - from)) as u8
    };
    Colour([mix(0), mix(1), mix(2)])
}
