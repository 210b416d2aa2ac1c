//! The names of the series, once each, in even columns above the panels.

use super::canvas::{Anchor, Canvas};
use super::style::Parts;
use super::theme::{LEGEND_SIZE, MARGIN, TEXT};
use super::{LineChart, Style, font, marker};

const SAMPLE: f64 = 18.0;
const SAMPLE_GAP: f64 = 3.5;
const COLUMN_GAP: f64 = 11.0;
const ROW: f64 = 11.0;

/// A legend laid out for a figure.
pub(super) struct Legend<'a> {
    entries: Vec<(&'a str, Style)>,
    /// Left edge of each column, from the left edge of the figure.
    columns: Vec<f64>,
    /// Room for the longest name.
    room: f64,
}

impl<'a> Legend<'a> {
    /// All names of `panels`, in order of first appearance, within `width`.
    pub(super) fn new(panels: &'a [LineChart], width: f64) -> Self {
        let mut entries: Vec<(&str, Style)> = Vec::new();
        for series in panels.iter().flat_map(|panel| &panel.series) {
            if entries.iter().all(|(name, _)| *name != series.name) {
                entries.push((&series.name, series.style));
            }
        }
        let inner = width - 2.0 * MARGIN;
        let room = inner - SAMPLE - SAMPLE_GAP;
        let widths: Vec<f64> = entries
            .iter()
            .map(|(name, _)| SAMPLE + SAMPLE_GAP + font::width(name, LEGEND_SIZE).min(room))
            .collect();
        // As few rows as fit, filled evenly: the first division that is narrow enough.
        let columns = (1..=entries.len())
            .map(|rows| column_widths(&widths, entries.len().div_ceil(rows)))
            .find(|columns| columns.len() == 1 || total(columns) <= inner)
            .expect("one column always does");
        let left = (width - total(&columns)) / 2.0;
        let lefts = columns.iter().scan(left, |next, column| {
            let left = *next;
            *next += column + COLUMN_GAP;
            Some(left)
        });
        Self { entries, columns: lefts.collect(), room }
    }

    pub(super) fn height(&self) -> f64 {
        self.entries.len().div_ceil(self.columns.len()) as f64 * ROW
    }

    /// Draws the legend with its upper edge at `top`.
    pub(super) fn draw(&self, canvas: &mut Canvas, top: f64) {
        canvas.group("legend", &[("fill", TEXT.to_string())], |canvas| {
            for (index, (name, style)) in self.entries.iter().enumerate() {
                let x = self.columns[index % self.columns.len()];
                let y = top + ((index / self.columns.len()) as f64 + 0.5) * ROW;
                if style.parts != Parts::Markers {
                    canvas.group("sample", &marker::line_attributes(*style), |canvas| {
                        canvas.line((x, y), (x + SAMPLE, y));
                    });
                }
                marker::draw(canvas, &[(x + SAMPLE / 2.0, y)], *style);
                let (text, size) = font::fit(name, LEGEND_SIZE, self.room);
                canvas.text((x + SAMPLE + SAMPLE_GAP, y), Anchor::Start, size, &text);
            }
        });
    }
}

/// Width of each of `columns` columns that are filled row by row with entries of these widths.
fn column_widths(entries: &[f64], columns: usize) -> Vec<f64> {
    (0..columns)
        .map(|column| entries.iter().skip(column).step_by(columns).copied().fold(0.0, f64::max))
        .collect()
}

/// Width of all columns with the space between them.
fn total(columns: &[f64]) -> f64 {
    columns.iter().sum::<f64>() + COLUMN_GAP * (columns.len() - 1) as f64
}
