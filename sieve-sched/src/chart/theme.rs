//! Sizes and greys of every figure, in points (1/72 inch) as printed.

use super::style::Colour;

/// Width of a figure with one panel: one column of a two-column paper, 85 mm.
pub(super) const COLUMN: f64 = 85.0 * MM;
/// Width of a figure with several panels: the text width of a two-column paper, 178 mm.
pub(super) const PAGE: f64 = 178.0 * MM;
/// Points per millimetre.
pub(super) const MM: f64 = 72.0 / 25.4;

pub(super) const TITLE_SIZE: f64 = 8.5;
pub(super) const LABEL_SIZE: f64 = 8.0;
pub(super) const LEGEND_SIZE: f64 = 7.5;
pub(super) const TICK_SIZE: f64 = 7.0;
pub(super) const POINT_SIZE: f64 = 6.0;
/// Height of a capital letter over the font size (Liberation Sans).
pub(super) const CAP_HEIGHT: f64 = 0.69;

pub(super) const WHITE: Colour = Colour([0xff; 3]);
pub(super) const TEXT: Colour = Colour([0x1a, 0x1a, 0x1a]);
pub(super) const SPINE: Colour = Colour([0x40, 0x40, 0x40]);
pub(super) const GRID_MAJOR: Colour = Colour([0xdd, 0xdd, 0xdd]);
pub(super) const GRID_MINOR: Colour = Colour([0xf1, 0xf1, 0xf1]);

pub(super) const TICK_LENGTH: f64 = 2.5;
/// Space between a tick and its label, and between tick labels and the axis label.
pub(super) const TICK_GAP: f64 = 2.5;
/// Space between panels, beside the outermost tick labels and around the figure.
pub(super) const MARGIN: f64 = 8.0;

/// Height of the row of panel titles.
pub(super) const TITLE_ROOM: f64 = 13.0;
/// Distance from the upper edge of the plot to the middle of its title.
pub(super) const TITLE_RISE: f64 = 8.5;
/// Distance from the x axis down to the middle of its label.
pub(super) const X_LABEL_DEPTH: f64 = TICK_LENGTH + TICK_GAP + TICK_SIZE + 6.0;
/// Distance from the x axis down to the end of the panel.
pub(super) const BELOW: f64 = X_LABEL_DEPTH + LABEL_SIZE * 0.7;
