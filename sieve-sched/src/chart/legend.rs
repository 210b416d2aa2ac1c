//! The names of the series, once each, in even columns above the panels.

use super::canvas::{Anchor, Canvas};
use super::geometry::Rect;
use super::style::{Colour, Parts};
use super::theme::{LEGEND_SIZE, MARGIN, TEXT};
use super::{LineChart, Style, font, marker};

const SAMPLE: f64 = 18.0;
const SAMPLE_GAP: f64 = 3.5;
const COLUMN_GAP: f64 = 11.0;
const ROW: f64 = 11.0;
/// Width and height of a filled sample.
const PATCH: (f64, f64) = (9.0, 6.0);

/// What stands before a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sample {
    /// A line with its marker.
    Line(Style),
    /// A filled area.
    Area(Colour),
}

impl Sample {
    fn width(self) -> f64 {
        match self {
            Self::Line(Style { parts: Parts::Markers, .. }) | Self::Area(_) => PATCH.0,
            Self::Line(_) => SAMPLE,
        }
    }

    fn draw(self, canvas: &mut Canvas, left: f64, y: f64) {
        let centre = (left + self.width() / 2.0, y);
        match self {
            Self::Area(colour) => {
                canvas.group("sample", &[("fill", colour.to_string())], |canvas| {
                    canvas.rectangle(&Rect::centred(centre, PATCH.0, PATCH.1));
                });
            }
            Self::Line(style) => {
                if style.parts != Parts::Markers {
                    canvas.group("sample", &marker::line_attributes(style), |canvas| {
                        canvas.line((left, y), (left + SAMPLE, y));
                    });
                }
                marker::draw(canvas, &[centre], style);
            }
        }
    }
}

/// A legend laid out for a figure.
pub(super) struct Legend<'a> {
    entries: Vec<(&'a str, Sample)>,
    /// Left edge of each column, from the left edge of the figure.
    columns: Vec<f64>,
    /// Room for the longest name.
    room: f64,
}

impl<'a> Legend<'a> {
    /// All series of `panels`, within `width`.
    pub(super) fn new(panels: &'a [LineChart], width: f64) -> Self {
        let series = panels.iter().flat_map(|panel| &panel.series);
        Self::of(series.map(|one| (one.name.as_str(), Sample::Line(one.style))), width)
    }

    /// All names, in order of first appearance, within `width`.
    pub(super) fn of(all: impl Iterator<Item = (&'a str, Sample)>, width: f64) -> Self {
        let mut entries: Vec<(&str, Sample)> = Vec::new();
        for (name, sample) in all {
            if entries.iter().all(|(known, _)| *known != name) {
                entries.push((name, sample));
            }
        }
        let inner = width - 2.0 * MARGIN;
        let room = inner - SAMPLE - SAMPLE_GAP;
        let widths: Vec<f64> = entries
            .iter()
            .map(|(name, sample)| {
                sample.width() + SAMPLE_GAP + font::width(name, LEGEND_SIZE).min(room)
            })
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
            for (index, (name, sample)) in self.entries.iter().enumerate() {
                let x = self.columns[index % self.columns.len()];
                let y = top + ((index / self.columns.len()) as f64 + 0.5) * ROW;
                sample.draw(canvas, x, y);
                let (text, size) = font::fit(name, LEGEND_SIZE, self.room);
                canvas.text((x + sample.width() + SAMPLE_GAP, y), Anchor::Start, size, &text);
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
