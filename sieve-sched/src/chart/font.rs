//! The one font of every figure, Liberation Sans: metrics to lay text out before it is drawn.

use std::borrow::Cow;
use std::sync::LazyLock;

use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

/// The font file. Its licence (SIL OFL 1.1) stands beside it.
pub(super) static FILE: &[u8] = include_bytes!("../../assets/LiberationSans-Regular.ttf");

/// Family name inside [`FILE`].
pub(super) const FAMILY: &str = "Liberation Sans";

/// The smallest share of its size to which a text shrinks before it is cut.
const SHRINK: f64 = 0.75;

static FONT: LazyLock<FontRef<'static>> =
    LazyLock::new(|| FontRef::new(FILE).expect("the shipped font is sound"));

/// Width of `text` at font size `size`, in the unit of `size`, without kerning.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let charmap = FONT.charmap();
    let metrics = FONT.glyph_metrics(Size::unscaled(), LocationRef::default());
    let em = f64::from(FONT.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
    let advance = |c| charmap.map(c).and_then(|glyph| metrics.advance_width(glyph)).unwrap_or(0.0);
    text.chars().map(|c: char| f64::from(advance(c))).sum::<f64>() * size / em
}

/// The first character of `text` that the font has no glyph for.
pub(super) fn missing_glyph(text: &str) -> Option<char> {
    let charmap = FONT.charmap();
    text.chars().find(|&c| c.is_control() || charmap.map(c).is_none())
}

/// `text` and the font size, at most `size`, at which it is no wider than `room`: smaller type
/// first, then cut with an ellipsis.
pub(super) fn fit(text: &str, size: f64, room: f64) -> (Cow<'_, str>, f64) {
    let natural = width(text, size);
    if natural <= room {
        return (text.into(), size);
    }
    let shrunk = size * (room / natural).max(SHRINK);
    if natural * shrunk / size <= room {
        return (text.into(), shrunk);
    }
    let mut kept = text.to_owned();
    while kept.pop().is_some() {
        let cut = format!("{}…", kept.trim_end());
        if width(&cut, shrunk) <= room {
            return (cut.into(), shrunk);
        }
    }
    ("".into(), shrunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_metric_compatible_arial() {
        // Arial's advance widths in 1/1000 em: digits 556, "i" 222, "W" 944.
        for (text, per_mille) in [("0", 556.0), ("i", 222.0), ("W", 944.0), ("12", 1112.0)] {
            assert!((width(text, 1000.0) - per_mille).abs() < 0.5, "{text}");
        }
    }

    #[test]
    fn long_text_shrinks_and_is_then_cut() {
        assert_eq!(fit("short", 8.0, 100.0), ("short".into(), 8.0));
        let (text, size) = fit("a little too long", 8.0, 50.0);
        assert!(text == "a little too long" && size < 8.0);
        let (text, size) = fit("much too long for the room that is given", 8.0, 50.0);
        assert!(text.ends_with('…') && size == 6.0 && width(&text, size) <= 50.0);
    }

    #[test]
    fn knows_what_it_cannot_draw() {
        assert_eq!(missing_glyph("µs/token ≤ 2×, Ωα–é"), None);
        assert_eq!(missing_glyph("a\tb"), Some('\t'));
        assert_eq!(missing_glyph("batch 漢"), Some('漢'));
    }
}
