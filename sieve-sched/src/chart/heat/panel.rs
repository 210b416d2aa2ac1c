//! One panel of a heat map.

use super::{HeatMap, HeatPanel, colour};
use crate::chart::canvas::{Anchor, Canvas};
use crate::chart::font;
use crate::chart::geometry::Rect;
use crate::chart::theme::*;

/// White space around a cell, which shows the grid.
const SPACE: f64 = 0.4;
/// Cells between two labels, in units of which there are enough.
const PITCHES: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];
/// Least distance between two labels along the columns and along the rows.
const ROOM: (f64, f64) = (16.0, 9.0);

impl HeatPanel {
    /// Draws the panel with its cells in `frame`; the y label stands within `gutter` to its left.
    pub(super) fn draw(&self, canvas: &mut Canvas, frame: &Rect, map: &HeatMap, gutter: f64) {
        let columns = self.rows[0].len();
        let (width, height) = (frame.width / columns as f64, frame.height / self.rows.len() as f64);
        canvas.group("panel", &[("fill", TEXT.to_string())], |canvas| {
            for (down, row) in self.rows.iter().enumerate() {
                for (right, &value) in row.iter().enumerate() {
                    let place = Rect {
                        left: frame.left + right as f64 * width + SPACE / 2.0,
                        top: frame.top + down as f64 * height + SPACE / 2.0,
                        width: width - SPACE,
                        height: height - SPACE,
                    };
                    canvas.group("cell", &[("fill", colour(value).to_string())], |canvas| {
                        canvas.rectangle(&place);
                    });
                }
            }
            let below = frame.bottom() + TICK_GAP + TICK_SIZE * CAP_HEIGHT / 2.0;
            for column in (0..columns).step_by(pitch(width, ROOM.0)) {
                let x = frame.left + (column as f64 + 0.5) * width;
                canvas.text((x, below), Anchor::Middle, TICK_SIZE, &column.to_string());
            }
            for row in (0..self.rows.len()).step_by(pitch(height, ROOM.1)) {
                let y = frame.top + (row as f64 + 0.5) * height;
                canvas.text((frame.left - TICK_GAP, y), Anchor::End, TICK_SIZE, &row.to_string());
            }
            let (x, y) = frame.centre();
            let (text, size) = font::fit(&self.title, TITLE_SIZE, frame.width);
            canvas.text((x, frame.top - TITLE_RISE), Anchor::Middle, size, &text);
            let (text, size) = font::fit(&map.x, LABEL_SIZE, frame.width);
            canvas.text((x, frame.bottom() + X_LABEL_DEPTH), Anchor::Middle, size, &text);
            let (text, size) = font::fit(&map.y, LABEL_SIZE, frame.height);
            canvas.upward_text((frame.left - gutter + LABEL_SIZE / 2.0, y), size, &text);
        });
    }
}

/// The least number of cells whose labels are so far apart.
fn pitch(cell: f64, room: f64) -> usize {
    PITCHES.into_iter().find(|&cells| cells as f64 * cell >= room).unwrap_or(PITCHES[6])
}
