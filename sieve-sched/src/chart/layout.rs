//! Where the panels and the legend of a figure stand.

use super::canvas::Canvas;
use super::geometry::Rect;
use super::legend::Legend;
use super::panel::Panel;
use super::theme::*;
use super::{Figure, Svg};

/// Room for a y label between the edge of its column and the tick labels.
const Y_LABEL_ROOM: f64 = LABEL_SIZE + 5.0;
/// Free space above and left of everything.
const EDGE: f64 = 2.0;
/// Free space below the legend and between rows of panels.
const GAP: f64 = 5.0;

/// Draws a figure that has been checked.
pub(super) fn draw(figure: &Figure) -> Svg {
    let panels: Vec<Panel> = figure.panels.iter().map(Panel::new).collect();
    let width = if panels.len() == 1 { COLUMN } else { PAGE };
    let columns = match panels.len() {
        1 => 1,
        2 | 4 => 2,
        _ => 3,
    };
    let height = plot_height(width / columns as f64);

    // Plots of one figure are equally large; a column is as wide as its widest tick labels need.
    let one_y_label = panels.iter().all(|panel| panel.chart.y.label == panels[0].chart.y.label);
    let has_y_label = |column: usize| column == 0 || !one_y_label;
    let gutters: Vec<f64> = (0..columns)
        .map(|column| {
            let rooms = panels.iter().skip(column).step_by(columns).map(|p| p.tick_room(height));
            let label = if has_y_label(column) { Y_LABEL_ROOM } else { 0.0 };
            rooms.fold(0.0, f64::max) + label
        })
        .collect();
    let margins = EDGE + columns as f64 * MARGIN;
    let plot_width = (width - margins - gutters.iter().sum::<f64>()) / columns as f64;

    let legend = figure.legend.then(|| Legend::new(&figure.panels, width));
    let top = EDGE + legend.as_ref().map_or(0.0, |legend| legend.height() + GAP);
    let titles = panels.iter().any(|panel| !panel.chart.title.is_empty());
    let above = if titles { TITLE_ROOM } else { TICK_SIZE / 2.0 };
    let row_height = above + height + BELOW;
    let rows = panels.len().div_ceil(columns) as f64;

    let mut canvas = Canvas::new(width, top + rows * (row_height + GAP) - GAP);
    if let Some(legend) = &legend {
        legend.draw(&mut canvas, EDGE);
    }
    for (index, panel) in panels.iter().enumerate() {
        let (row, column) = (index / columns, index % columns);
        let before = EDGE + column as f64 * (plot_width + MARGIN);
        let left = before + gutters[..column].iter().sum::<f64>();
        let frame = Rect {
            left: left + gutters[column],
            top: top + row as f64 * (row_height + GAP) + above,
            width: plot_width,
            height,
        };
        let y_label = has_y_label(column).then_some(left + LABEL_SIZE / 2.0);
        panel.draw(&mut canvas, &frame, y_label);
    }
    Svg { text: canvas.finish() }
}

/// Height of the plots in a column of this width: flat when wide, nearly square when narrow.
fn plot_height(column: f64) -> f64 {
    (0.55 * column).clamp(108.0, 136.0)
}
