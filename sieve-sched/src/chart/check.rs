//! What can be drawn.

use super::axis::{Axis, limits};
use super::{LineChart, Series, Style, font};

/// Why a figure cannot be drawn.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ChartError {
    /// Nothing to draw.
    #[error("a figure without panels, at least one is needed")]
    NoPanels,
    /// A panel without lines.
    #[error("panel {panel} (`{title}`) has no series, at least one is needed")]
    EmptyPanel {
        /// Index of the panel.
        panel: usize,
        /// Its title.
        title: String,
    },
    /// A line without points.
    #[error("series `{series}` of panel {panel} has no points, at least one is needed")]
    EmptySeries {
        /// Index of the panel.
        panel: usize,
        /// Name of the series.
        series: String,
    },
    /// A value that is not finite, is not positive on a logarithmic axis, or is beyond 1e100.
    #[error(
        "point {point} of series `{series}` of panel {panel} has {axis} = {found}, allowed are \
         {least:e} to {greatest:e}"
    )]
    Value {
        /// Index of the panel.
        panel: usize,
        /// Name of the series.
        series: String,
        /// Index of the point.
        point: usize,
        /// `x` or `y`.
        axis: char,
        /// The value.
        found: f64,
        /// The least value that the axis can show.
        least: f64,
        /// The greatest value that the axis can show.
        greatest: f64,
    },
    /// Two looks for one entry of the legend.
    #[error(
        "series `{series}` has a style of its own in panel {panel}, allowed is one style a name"
    )]
    StyleClash {
        /// Index of the panel that differs from an earlier one.
        panel: usize,
        /// Name of the series.
        series: String,
    },
    /// A character that the shipped font lacks, or a control character.
    #[error("the text {text:?} has {found:?}, allowed are characters of the font {}", font::FAMILY)]
    Glyph {
        /// The whole text.
        text: String,
        /// Its first character without a glyph.
        found: char,
    },
    /// A resolution that makes no image.
    #[error("{found} dots per inch, allowed are {least} to {greatest}")]
    Resolution {
        /// The value.
        found: u32,
        /// The least resolution.
        least: u32,
        /// The greatest resolution.
        greatest: u32,
    },
    /// The renderer refused a drawing.
    #[error("the drawing cannot be rendered: {0}")]
    Render(String),
}

/// Whether a figure of these panels can be drawn; the first finding if not.
pub(super) fn check(panels: &[LineChart]) -> Result<(), ChartError> {
    if panels.is_empty() {
        return Err(ChartError::NoPanels);
    }
    let mut styles: Vec<(&str, Style)> = Vec::new();
    for (index, chart) in panels.iter().enumerate() {
        if chart.series.is_empty() {
            return Err(ChartError::EmptyPanel { panel: index, title: chart.title.clone() });
        }
        for text in [&chart.title, &chart.x.label, &chart.y.label] {
            check_text(text)?;
        }
        for series in &chart.series {
            check_series(index, chart, series)?;
            match styles.iter().find(|(name, _)| *name == series.name) {
                None => styles.push((&series.name, series.style)),
                Some((_, style)) if *style == series.style => {}
                Some(_) => {
                    let series = series.name.clone();
                    return Err(ChartError::StyleClash { panel: index, series });
                }
            }
        }
    }
    Ok(())
}

fn check_series(panel: usize, chart: &LineChart, series: &Series) -> Result<(), ChartError> {
    check_text(&series.name)?;
    if series.points.is_empty() {
        return Err(ChartError::EmptySeries { panel, series: series.name.clone() });
    }
    for (index, point) in series.points.iter().enumerate() {
        let value = |name: char, axis: &Axis, found: f64| {
            let (least, greatest) = limits(axis.scale);
            if (least..=greatest).contains(&found) {
                return Ok(());
            }
            let series = series.name.clone();
            Err(ChartError::Value {
                panel,
                series,
                point: index,
                axis: name,
                found,
                least,
                greatest,
            })
        };
        value('x', &chart.x, point.x)?;
        value('y', &chart.y, point.y)?;
        point.label.as_deref().map_or(Ok(()), check_text)?;
    }
    Ok(())
}

fn check_text(text: &str) -> Result<(), ChartError> {
    match font::missing_glyph(text) {
        None => Ok(()),
        Some(found) => Err(ChartError::Glyph { text: text.to_owned(), found }),
    }
}
