//! Colours, markers and dashes, and the table of what each scheduling method looks like.

use std::fmt;

/// An sRGB colour: red, green, blue. Displays as `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

impl Colour {
    /// The same hue dark enough for small text on white.
    pub(super) fn ink(self) -> Self {
        Self(self.0.map(|channel| (u16::from(channel) * 3 / 4) as u8))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([red, green, blue]) = self;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

const GREY: Colour = Colour([0x80, 0x80, 0x80]);
const BLACK: Colour = Colour([0x00, 0x00, 0x00]);
pub(super) const ORANGE: Colour = Colour([0xe6, 0x9f, 0x00]);
const SKY_BLUE: Colour = Colour([0x56, 0xb4, 0xe9]);
const GREEN: Colour = Colour([0x00, 0x9e, 0x73]);
pub(super) const BLUE: Colour = Colour([0x00, 0x72, 0xb2]);
const VERMILLION: Colour = Colour([0xd5, 0x5e, 0x00]);
const PURPLE: Colour = Colour([0xcc, 0x79, 0xa7]);

/// Colours that people with any common colour vision tell apart: Okabe and Ito, "Color Universal
/// Design" (2008), without the yellow, which is too light for a line on white.
pub const OKABE_ITO: [Colour; 7] = [BLUE, ORANGE, GREEN, PURPLE, SKY_BLUE, VERMILLION, BLACK];

/// The shape at each point of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// A disc.
    Circle,
    /// A square.
    Square,
    /// A triangle that stands on its side.
    Triangle,
    /// A triangle that stands on its tip.
    TriangleDown,
    /// A square that stands on its tip.
    Diamond,
    /// A regular pentagon.
    Pentagon,
    /// A five-pointed star.
    Star,
    /// A thick plus sign.
    Plus,
}

const MARKERS: [Marker; 6] = [
    Marker::Circle,
    Marker::Square,
    Marker::Triangle,
    Marker::Diamond,
    Marker::TriangleDown,
    Marker::Pentagon,
];

/// How the line is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dash {
    /// Not broken.
    Solid,
    /// Long strokes.
    Dashed,
    /// Dots.
    Dotted,
    /// Strokes and dots in turn.
    DashDot,
}

/// What of a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// A line with a marker at each point.
    Both,
    /// The line alone.
    Line,
    /// The markers alone.
    Markers,
}

/// The look of one series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Colour of line, marker and point labels.
    pub colour: Colour,
    /// Shape at each point.
    pub marker: Marker,
    /// Pattern of the line.
    pub dash: Dash,
    /// What is drawn of it.
    pub parts: Parts,
    /// Heavier line, filled markers, drawn above the others: for the one series that matters.
    pub emphasis: bool,
}

impl Style {
    /// The style of a scheduling method in [`METHODS`], by its command-line name.
    pub fn of_method(name: &str) -> Option<Self> {
        METHODS.iter().find(|(method, _)| *method == name).map(|(_, style)| *style)
    }

    /// The `index`-th style of a figure whose series are not scheduling methods: the first 42
    /// differ in colour or marker, the first six in both.
    pub const fn nth(index: usize) -> Self {
        Self::plain(OKABE_ITO[index % OKABE_ITO.len()], MARKERS[index % MARKERS.len()], Dash::Solid)
    }

    const fn plain(colour: Colour, marker: Marker, dash: Dash) -> Self {
        Self { colour, marker, dash, parts: Parts::Both, emphasis: false }
    }

    /// The same, of which only these parts are drawn.
    #[must_use]
    pub const fn only(self, parts: Parts) -> Self {
        Self { parts, ..self }
    }
}

/// What each method looks like in every figure, by its command-line name. The GPU baseline recedes
/// in grey, Sieve alone has emphasis.
pub const METHODS: [(&str, Style); 8] = [
    ("gpu-only", Style::plain(GREY, Marker::Square, Dash::Dashed)),
    ("noexp", Style::plain(SKY_BLUE, Marker::TriangleDown, Dash::Solid)),
    ("allexp", Style::plain(ORANGE, Marker::Triangle, Dash::Solid)),
    ("pimoe", Style::plain(GREEN, Marker::Diamond, Dash::Solid)),
    ("pimoe-tp", Style::plain(BLUE, Marker::Pentagon, Dash::DashDot)),
    ("sieve", Style { emphasis: true, ..Style::plain(VERMILLION, Marker::Circle, Dash::Solid) }),
    ("sieve+", Style::plain(PURPLE, Marker::Star, Dash::Solid)),
    ("optimal", Style::plain(BLACK, Marker::Plus, Dash::Dotted)),
];
