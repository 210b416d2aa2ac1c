//! What can be drawn.

mod areas;

pub(super) use areas::{check_bars, check_gantt, check_heat};

use super::axis::{Axis, limits};
use super::{End, LineChart, Series, Style, TornadoPanel, font};

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
    /// A tornado panel without bars.
    #[error("panel {panel} (`{title}`) has no bars, at least one is needed")]
    NoBars {
        /// Index of the panel.
        panel: usize,
        /// Its title.
        title: String,
    },
    /// A bar without ends.
    #[error("bar `{bar}` of panel {panel} has no ends, at least one is needed")]
    NoEnds {
        /// Index of the panel.
        panel: usize,
        /// Name of the bar.
        bar: String,
    },
    /// A bar that ends at a value that is not finite, is not positive on a logarithmic axis, or is beyond 1e100.
    #[error("`{of}` of panel {panel} is {found}, allowed are {least:e} to {greatest:e}")]
    End {
        /// Index of the panel.
        panel: usize,
        /// Name of the bar, or `base`.
        of: String,
        /// The value.
        found: f64,
        /// The least value that the axis can show.
        least: f64,
        /// The greatest value that the axis can show.
        greatest: f64,
    },
    /// A heat map without cells, or whose rows differ in length.
    #[error(
        "panel {panel} (`{title}`) has rows of {found} cells, allowed is one length of at least 1"
    )]
    Cells {
        /// Index of the panel.
        panel: usize,
        /// Its title.
        title: String,
        /// Lengths of the rows.
        found: String,
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
    /// Two looks for one name in the legend of a figure of bars or slices.
    #[error("`{name}` has two colours or markers, allowed is one a name")]
    TwoLooks {
        /// The name.
        name: String,
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

/// Whether a tornado chart of these panels can be drawn; the first finding if not.
pub(super) fn check_tornado(panels: &[TornadoPanel]) -> Result<(), ChartError> {
    if panels.is_empty() {
        return Err(ChartError::NoPanels);
    }
    for (index, panel) in panels.iter().enumerate() {
        if panel.bars.is_empty() {
            return Err(ChartError::NoBars { panel: index, title: panel.title.clone() });
        }
        [&panel.title, &panel.axis.label].into_iter().try_for_each(|text| check_text(text))?;
        let end = |of: &str, end: &End| {
            let (least, greatest) = limits(panel.axis.scale);
            if !(least..=greatest).contains(&end.value) {
                let (of, found) = (of.to_owned(), end.value);
                return Err(ChartError::End { panel: index, of, found, least, greatest });
            }
            check_text(&end.label)
        };
        end("base", &panel.base)?;
        for bar in &panel.bars {
            check_text(&bar.name)?;
            if bar.ends.is_empty() {
                return Err(ChartError::NoEnds { panel: index, bar: bar.name.clone() });
            }
            bar.ends.iter().try_for_each(|one| end(&bar.name, one))?;
        }
    }
    Ok(())
}

fn check_text(text: &str) -> Result<(), ChartError> {
    match font::missing_glyph(text) {
        None => Ok(()),
        Some(found) => Err(ChartError::Glyph { text: text.to_owned(), found }),
    }
}
