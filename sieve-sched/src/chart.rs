//! Line, bar, Gantt and tornado charts and heat maps for print: plain data in, SVG, PDF and PNG out,
//! the same bytes on every machine.
//!
//! A [`Figure`] holds [`LineChart`] panels and [`Figure::svg`] draws it at its printed size, 85 mm
//! (one column) for one panel and 178 mm (two columns) for several. Text is set in the one font
//! that ships with the crate; [`Svg::outlined`] turns it into paths, [`Svg::pdf`] into a page and [`Svg::png`] into pixels.
//!
//! ```
//! use sieve_sched::chart::{Axis, Figure, LineChart, Scale, Series, Style};
//!
//! let panel = LineChart {
//!     title: "Qwen3-30B-A3B".into(),
//!     x: Axis { label: "Interactivity (tokens/s/user)".into(), scale: Scale::Log10 },
//!     y: Axis { label: "Throughput (tokens/s/GPU)".into(), scale: Scale::Linear },
//!     series: vec![Series {
//!         name: "Sieve".into(),
//!         style: Style::of_method("sieve").unwrap_or(Style::nth(0)),
//!         points: vec![(900.0, 900.0).into(), (120.0, 15_000.0).into()],
//!     }],
//! };
//! let svg = Figure { panels: vec![panel], legend: true }.svg()?;
//! let png: Vec<u8> = svg.png(300)?;
//! # assert!(png.starts_with(b"\x89PNG"));
//! # Ok::<(), sieve_sched::chart::ChartError>(())
//! ```

mod axis;
mod bars;
mod canvas;
mod check;
mod font;
mod gantt;
mod geometry;
mod heat;
mod layout;
mod legend;
mod marker;
mod panel;
mod pdf;
mod place;
mod print;
mod sideways;
mod style;
mod theme;
mod ticks;
mod tornado;
mod upright;

#[cfg(test)]
mod tests;

pub use axis::{Axis, Scale};
pub use bars::{BarFigure, BarGroup, BarPanel, Mark, Part, StackedBar};
pub use check::ChartError;
pub use gantt::{Gantt, GanttPanel, GanttRow, Slice};
pub use heat::{HeatMap, HeatPanel};
pub use print::Svg;
pub use style::{Colour, Dash, METHODS, Marker, OKABE_ITO, Parts, Style};
pub use tornado::{Bar, End, Tornado, TornadoPanel};

/// Panels side by side, at most three to a row, with one legend on top.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The panels in reading order. A y label that all panels share is written once per row.
    pub panels: Vec<LineChart>,
    /// Whether the series names stand above the panels, each name once.
    pub legend: bool,
}

impl Figure {
    /// Draws the figure.
    ///
    /// # Errors
    /// [`ChartError`] if a panel or a series is empty, a value has no place on its axis, two series
    /// of one name differ in style, or a text has a character that the font lacks.
    pub fn svg(&self) -> Result<Svg, ChartError> {
        check::check(&self.panels)?;
        Ok(layout::draw(self))
    }
}

/// One coordinate system with its lines.
#[derive(Clone, Debug, PartialEq)]
pub struct LineChart {
    /// Text above the panel; may be empty.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The lines, the first one lowest; those with emphasis are drawn above the others.
    pub series: Vec<Series>,
}

/// One line with its markers.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Name in the legend. Series of one name in several panels share one style.
    pub name: String,
    /// Colour, marker and line.
    pub style: Style,
    /// The points in the order in which the line joins them.
    pub points: Vec<Point>,
}

/// One value of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Position along the x axis, in the unit that its label names.
    pub x: f64,
    /// Position along the y axis, in the unit that its label names.
    pub y: f64,
    /// Small text beside the marker, such as the batch size. It is left out where every place
    /// around the marker is taken.
    pub label: Option<String>,
}

impl From<(f64, f64)> for Point {
    fn from((x, y): (f64, f64)) -> Self {
        Self { x, y, label: None }
    }
}
