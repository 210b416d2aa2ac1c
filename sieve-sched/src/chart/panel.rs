//! One panel: grid, axes, lines, markers and the texts around them.

use super::axis::Domain;
use super::canvas::{Anchor, Canvas, stroke};
use super::geometry::{Rect, Spot};
use super::place::{Clutter, Disc};
use super::style::Parts;
use super::theme::*;
use super::ticks::{Tick, Ticks, ticks};
use super::{LineChart, Series, font, marker, upright};

/// Least free space between tick labels side by side.
const LABEL_SPACE: f64 = 7.0;
/// How far x tick labels may stand out of the plot sideways.
const LABEL_REACH: f64 = MARGIN - 1.0;
/// Width of the white edge around point labels, which keeps them legible upon lines.
const HALO: f64 = 1.6;
/// How far point labels may stand out of the plot upwards and to the right.
const LABEL_OVERHANG: f64 = 3.5;

/// A chart with the range of its axes.
pub(super) struct Panel<'a> {
    pub(super) chart: &'a LineChart,
    x: Domain,
    y: Domain,
}

impl<'a> Panel<'a> {
    pub(super) fn new(chart: &'a LineChart) -> Self {
        let points = || chart.series.iter().flat_map(|series| &series.points);
        Self {
            chart,
            x: Domain::around(chart.x.scale, points().map(|point| point.x)),
            y: Domain::around(chart.y.scale, points().map(|point| point.y)),
        }
    }

    /// Space left of a plot of this height for its ticks and their labels.
    pub(super) fn tick_room(&self, height: f64) -> f64 {
        upright::room(&upright::ticks(&self.y, height))
    }

    fn x_ticks(&self, width: f64) -> Ticks {
        ticks(&self.x, |major| {
            let spans: Vec<_> = major.iter().map(|tick| self.x_label_span(tick, width)).collect();
            spans.is_sorted_by(|left, right| right.0 - left.1 >= LABEL_SPACE)
        })
    }

    /// Left and right end of an x tick label, from the left end of an axis of this width: centred
    /// on the tick unless it would leave the margins.
    fn x_label_span(&self, tick: &Tick, width: f64) -> (f64, f64) {
        let room = font::width(&tick.label, TICK_SIZE);
        let left = self.x.fraction(tick.value) * width - room / 2.0;
        let left = left.min(width + LABEL_REACH - room).max(-LABEL_REACH);
        (left, left + room)
    }

    /// Draws the panel with its data in `frame`; the y label, if any, is centred on `y_label`.
    pub(super) fn draw(&self, canvas: &mut Canvas, frame: &Rect, y_label: Option<f64>) {
        let (x, y) = (self.x_ticks(frame.width), upright::ticks(&self.y, frame.height));
        canvas.group("panel", &[("fill", TEXT.to_string())], |canvas| {
            self.draw_grid(canvas, frame, &x, &y);
            self.draw_axes(canvas, frame, &x, &y);
            self.draw_labels(canvas, frame, y_label);
            self.draw_data(canvas, frame);
        });
    }

    fn place_x(&self, frame: &Rect, value: f64) -> f64 {
        frame.left + self.x.fraction(value) * frame.width
    }

    fn place_y(&self, frame: &Rect, value: f64) -> f64 {
        frame.bottom() - self.y.fraction(value) * frame.height
    }

    fn spots(&self, frame: &Rect, series: &Series) -> Vec<Spot> {
        let points = series.points.iter();
        points.map(|point| (self.place_x(frame, point.x), self.place_y(frame, point.y))).collect()
    }

    fn draw_grid(&self, canvas: &mut Canvas, frame: &Rect, x: &Ticks, y: &Ticks) {
        let mut grid = |class, attributes: &[_], xs: &[f64], ys: &[f64]| {
            canvas.group(class, attributes, |canvas| {
                for &value in xs {
                    let at = self.place_x(frame, value);
                    canvas.line((at, frame.top), (at, frame.bottom()));
                }
                for &value in ys {
                    let at = self.place_y(frame, value);
                    canvas.line((frame.left, at), (frame.right(), at));
                }
            });
        };
        grid("grid-minor", &stroke(GRID_MINOR, 0.4), &x.minor, &y.minor);
        grid("grid-major", &stroke(GRID_MAJOR, 0.5), &x.values(), &y.values());
    }

    fn draw_axes(&self, canvas: &mut Canvas, frame: &Rect, x: &Ticks, y: &Ticks) {
        let (left, bottom) = (frame.left, frame.bottom());
        canvas.group("axes", &stroke(SPINE, 0.7), |canvas| {
            canvas.polyline(&[(left, frame.top), (left, bottom), (frame.right(), bottom)]);
            for value in x.values() {
                let at = self.place_x(frame, value);
                canvas.line((at, bottom), (at, bottom + TICK_LENGTH));
            }
            for value in y.values() {
                let at = self.place_y(frame, value);
                canvas.line((left - TICK_LENGTH, at), (left, at));
            }
        });
        canvas.group("tick-labels", &[], |canvas| {
            let below = bottom + TICK_LENGTH + TICK_GAP + TICK_SIZE * CAP_HEIGHT / 2.0;
            for tick in &x.major {
                let (from, to) = self.x_label_span(tick, frame.width);
                let spot = (frame.left + (from + to) / 2.0, below);
                canvas.text(spot, Anchor::Middle, TICK_SIZE, &tick.label);
            }
            for tick in &y.major {
                let spot = (left - TICK_LENGTH - TICK_GAP, self.place_y(frame, tick.value));
                canvas.text(spot, Anchor::End, TICK_SIZE, &tick.label);
            }
        });
    }

    fn draw_labels(&self, canvas: &mut Canvas, frame: &Rect, y_label: Option<f64>) {
        let (x, y) = frame.centre();
        if !self.chart.title.is_empty() {
            let (text, size) = font::fit(&self.chart.title, TITLE_SIZE, frame.width + MARGIN);
            canvas.text((x, frame.top - TITLE_RISE), Anchor::Middle, size, &text);
        }
        let (text, size) = font::fit(&self.chart.x.label, LABEL_SIZE, frame.width + 2.0 * MARGIN);
        canvas.text((x, frame.bottom() + X_LABEL_DEPTH), Anchor::Middle, size, &text);
        if let Some(at) = y_label {
            let (text, size) = font::fit(&self.chart.y.label, LABEL_SIZE, frame.height + MARGIN);
            canvas.upward_text((at, y), size, &text);
        }
    }

    fn draw_data(&self, canvas: &mut Canvas, frame: &Rect) {
        let mut series: Vec<(&Series, Vec<Spot>)> =
            self.chart.series.iter().map(|series| (series, self.spots(frame, series))).collect();
        series.sort_by_key(|(series, _)| series.style.emphasis);
        for (series, spots) in &series {
            canvas.group("series", &[], |canvas| {
                canvas.group("line", &marker::line_attributes(series.style), |canvas| {
                    // A single point has a marker and no line.
                    if spots.len() > 1 && series.style.parts != Parts::Markers {
                        canvas.polyline(spots);
                    }
                });
                marker::draw(canvas, spots, series.style);
            });
        }
        draw_point_labels(canvas, frame, &series);
    }
}

impl Ticks {
    fn values(&self) -> Vec<f64> {
        self.major.iter().map(|tick| tick.value).collect()
    }
}

/// Writes the point labels, those of the topmost series first, where they cover nothing.
fn draw_point_labels(canvas: &mut Canvas, frame: &Rect, series: &[(&Series, Vec<Spot>)]) {
    let discs = |(series, spots): &(&Series, Vec<Spot>)| -> Vec<Disc> {
        spots.iter().map(|&spot| marker::disc(spot, series.style)).collect()
    };
    let mut clutter = Clutter {
        frame: Rect {
            top: frame.top - LABEL_OVERHANG,
            width: frame.width + LABEL_OVERHANG,
            height: frame.height + LABEL_OVERHANG,
            ..*frame
        },
        markers: series.iter().flat_map(discs).collect(),
        labels: Vec::new(),
        segments: series
            .iter()
            .flat_map(|(_, spots)| spots.windows(2).map(|pair| (pair[0], pair[1])))
            .collect(),
    };
    for (series, spots) in series.iter().rev() {
        let [halo, halo_width] = stroke(WHITE, HALO);
        let attributes = [
            ("fill", series.style.colour.ink().to_string()),
            halo,
            halo_width,
            ("stroke-linejoin", "round".into()),
            ("paint-order", "stroke".into()),
        ];
        canvas.group("point-labels", &attributes, |canvas| {
            for (point, &spot) in series.points.iter().zip(spots) {
                let Some(text) = &point.label else { continue };
                let width = font::width(text, POINT_SIZE);
                let height = POINT_SIZE * CAP_HEIGHT;
                let disc = marker::disc(spot, series.style);
                if let Some(place) = clutter.place(disc, width, height) {
                    canvas.text(place.centre(), Anchor::Middle, POINT_SIZE, text);
                }
            }
        });
    }
}
