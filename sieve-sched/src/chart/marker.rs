//! How lines and markers look.

use super::canvas::{Canvas, number, stroke};
use super::geometry::Spot;
use super::place::Disc;
use super::style::{Dash, Marker, Parts, Style};
use super::theme::WHITE;

/// Corners of the markers around their centre, in units of the radius of a disc that looks as big.
const SQUARE: [Spot; 4] = [(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)];
const TRIANGLE: [Spot; 3] = [(0.0, -1.35), (1.17, 0.75), (-1.17, 0.75)];
const TRIANGLE_DOWN: [Spot; 3] = [(0.0, 1.35), (1.17, -0.75), (-1.17, -0.75)];
const DIAMOND: [Spot; 4] = [(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)];
const PENTAGON: [Spot; 5] =
    [(0.0, -1.15), (1.09, -0.36), (0.68, 0.93), (-0.68, 0.93), (-1.09, -0.36)];

const STAR: [Spot; 10] = [
    (0.0, -1.45),
    (0.36, -0.5),
    (1.38, -0.45),
    (0.59, 0.19),
    (0.85, 1.17),
    (0.0, 0.62),
    (-0.85, 1.17),
    (-0.59, 0.19),
    (-1.38, -0.45),
    (-0.36, -0.5),
];
const PLUS: [Spot; 12] = [
    (-0.4, -1.2),
    (0.4, -1.2),
    (0.4, -0.4),
    (1.2, -0.4),
    (1.2, 0.4),
    (0.4, 0.4),
    (0.4, 1.2),
    (-0.4, 1.2),
    (-0.4, 0.4),
    (-1.2, 0.4),
    (-1.2, -0.4),
    (-0.4, -0.4),
];

/// The disc around `centre` that a marker of this style fills.
pub(super) fn disc(centre: Spot, style: Style) -> Disc {
    Disc { centre, radius: radius(style) + 0.6 }
}

fn radius(style: Style) -> f64 {
    if style.emphasis { 2.4 } else { 1.8 }
}

/// Stroke attributes of a line of this style.
pub(super) fn line_attributes(style: Style) -> Vec<(&'static str, String)> {
    let width = if style.emphasis { 1.7 } else { 1.0 };
    let dashes: &[f64] = match style.dash {
        Dash::Solid => &[],
        Dash::Dashed => &[4.0, 2.0],
        Dash::Dotted => &[0.01, 2.0],
        Dash::DashDot => &[4.5, 1.8, 0.01, 1.8],
    };
    let mut attributes = stroke(style.colour, width).to_vec();
    attributes.push(("stroke-linejoin", "round".into()));
    if !dashes.is_empty() {
        let lengths: Vec<String> = dashes.iter().map(|&length| number(length)).collect();
        attributes.push(("stroke-dasharray", lengths.join(" ")));
        attributes.push(("stroke-linecap", "round".into()));
    }
    attributes
}

/// Adds the markers of one series: filled with emphasis, open without.
pub(super) fn draw(canvas: &mut Canvas, spots: &[Spot], style: Style) {
    if style.parts == Parts::Line {
        return;
    }
    let (fill, edge) = if style.emphasis {
        (style.colour, stroke(WHITE, 0.5))
    } else {
        (WHITE, stroke(style.colour, 0.9))
    };
    let attributes = [&[("fill", fill.to_string())], &edge[..]].concat();
    canvas.group("markers", &attributes, |canvas| {
        for &spot in spots {
            shape(canvas, spot, style.marker, radius(style));
        }
    });
}

fn shape(canvas: &mut Canvas, (x, y): Spot, marker: Marker, radius: f64) {
    let corners: &[Spot] = match marker {
        Marker::Circle => return canvas.circle((x, y), radius),
        Marker::Square => &SQUARE,
        Marker::Triangle => &TRIANGLE,
        Marker::TriangleDown => &TRIANGLE_DOWN,
        Marker::Diamond => &DIAMOND,
        Marker::Pentagon => &PENTAGON,
        Marker::Star => &STAR,
        Marker::Plus => &PLUS,
    };
    let corners: Vec<Spot> =
        corners.iter().map(|(dx, dy)| (x + radius * dx, y + radius * dy)).collect();
    canvas.polygon(&corners);
}
