//! Writing SVG: the only place that knows its syntax.

use super::font;
use super::geometry::{Rect, Spot};
use super::style::Colour;
use super::theme::{CAP_HEIGHT, MM, WHITE};

/// An SVG document in the making. Lengths are in points, y downwards.
pub(super) struct Canvas {
    text: String,
    depth: usize,
}

/// Which part of a text stands at its position.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Canvas {
    /// A white page of `width` x `height` points, printed at that size.
    pub(super) fn new(width: f64, height: f64) -> Self {
        let mut canvas = Self { text: String::new(), depth: 0 };
        canvas.open(
            "svg",
            &[
                ("xmlns", "http://www.w3.org/2000/svg".into()),
                ("width", format!("{}mm", number(width / MM))),
                ("height", format!("{}mm", number(height / MM))),
                ("viewBox", format!("0 0 {} {}", number(width), number(height))),
                ("font-family", format!("{}, Arial, Helvetica, sans-serif", font::FAMILY)),
            ],
        );
        let whole = ["width", "height"].map(|side| (side, "100%".to_owned()));
        canvas.empty("rect", &[&whole[..], &[("fill", WHITE.to_string())]].concat());
        canvas
    }

    pub(super) fn finish(mut self) -> String {
        self.close("svg");
        self.text
    }

    /// A group whose `attributes` hold for all that `draw` adds. `class` names it for readers and
    /// style sheets.
    pub(super) fn group(
        &mut self,
        class: &str,
        attributes: &[(&str, String)],
        draw: impl FnOnce(&mut Self),
    ) {
        let class = ("class", class.to_owned());
        self.open("g", &[&[class], attributes].concat());
        draw(self);
        self.close("g");
    }

    pub(super) fn line(&mut self, (x1, y1): Spot, (x2, y2): Spot) {
        let ends = [("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2)];
        self.empty("line", &ends.map(|(name, value)| (name, number(value))));
    }

    pub(super) fn polyline(&mut self, spots: &[Spot]) {
        self.empty("polyline", &[("points", list(spots)), ("fill", "none".into())]);
    }

    pub(super) fn polygon(&mut self, spots: &[Spot]) {
        self.empty("polygon", &[("points", list(spots))]);
    }

    pub(super) fn rectangle(&mut self, place: &Rect) {
        let Rect { left, top, width, height } = *place;
        let values = [("x", left), ("y", top), ("width", width), ("height", height)];
        self.empty("rect", &values.map(|(name, value)| (name, number(value))));
    }

    pub(super) fn circle(&mut self, (x, y): Spot, radius: f64) {
        let values = [("cx", x), ("cy", y), ("r", radius)];
        self.empty("circle", &values.map(|(name, value)| (name, number(value))));
    }

    /// `text` with its capitals centred vertically on `spot`.
    pub(super) fn text(&mut self, spot: Spot, anchor: Anchor, size: f64, text: &str) {
        self.text_element(spot, anchor, size, text, None);
    }

    /// `text` that reads upwards, its middle at `spot`.
    pub(super) fn upward_text(&mut self, spot: Spot, size: f64, text: &str) {
        let turn = format!("rotate(-90 {} {})", number(spot.0), number(spot.1));
        self.text_element(spot, Anchor::Middle, size, text, Some(("transform", turn)));
    }

    fn text_element(
        &mut self,
        (x, y): Spot,
        anchor: Anchor,
        size: f64,
        text: &str,
        turn: Option<(&str, String)>,
    ) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let mut attributes = vec![
            ("x", number(x)),
            ("y", number(y + size * CAP_HEIGHT / 2.0)),
            ("font-size", number(size)),
            ("text-anchor", anchor.to_owned()),
        ];
        attributes.extend(turn);
        self.start("text", &attributes);
        self.text.push('>');
        self.text.push_str(&escape(text));
        self.text.push_str("</text>\n");
    }

    fn open(&mut self, element: &str, attributes: &[(&str, String)]) {
        self.start(element, attributes);
        self.text.push_str(">\n");
        self.depth += 1;
    }

    fn close(&mut self, element: &str) {
        self.depth -= 1;
        self.indent();
        self.text.push_str(&format!("</{element}>\n"));
    }

    fn empty(&mut self, element: &str, attributes: &[(&str, String)]) {
        self.start(element, attributes);
        self.text.push_str("/>\n");
    }

    /// The start tag up to its bracket.
    fn start(&mut self, element: &str, attributes: &[(&str, String)]) {
        self.indent();
        self.text.push_str(&format!("<{element}"));
        for (name, value) in attributes {
            self.text.push_str(&format!(" {name}=\"{}\"", escape(value)));
        }
    }

    fn indent(&mut self) {
        self.text.extend(std::iter::repeat_n(' ', self.depth));
    }
}

/// `stroke` and `stroke-width`.
pub(super) fn stroke(colour: Colour, width: f64) -> [(&'static str, String); 2] {
    [("stroke", colour.to_string()), ("stroke-width", number(width))]
}

/// A length to a hundredth of a point, without trailing zeros.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".into() } else { short.into() }
}

fn list(spots: &[Spot]) -> String {
    let pairs: Vec<String> =
        spots.iter().map(|&(x, y)| format!("{},{}", number(x), number(y))).collect();
    pairs.join(" ")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
