//! From SVG with text to what prints the same everywhere.

use std::fmt;
use std::sync::Arc;

use resvg::usvg::{self, fontdb};
use resvg::{render, tiny_skia};

use super::{ChartError, font};

/// Resolutions from a thumbnail to four times that of print.
const DPI: (u32, u32) = (36, 1200);

/// A drawn figure: SVG with text as text, as [`Display`](fmt::Display) writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Svg {
    pub(super) text: String,
}

impl Svg {
    /// The same drawing with all text as paths, so that it looks the same without the font.
    ///
    /// # Errors
    /// [`ChartError::Render`] if the renderer refuses the drawing.
    pub fn outlined(&self) -> Result<String, ChartError> {
        let options = usvg::WriteOptions {
            coordinates_precision: 3,
            transforms_precision: 5,
            indent: usvg::Indent::Spaces(1),
            ..usvg::WriteOptions::default()
        };
        Ok(self.tree(96)?.to_string(&options))
    }

    /// The drawing as a PNG file with `dpi` pixels per printed inch, 36 to 1200.
    ///
    /// # Errors
    /// [`ChartError::Resolution`] if `dpi` is outside that range, [`ChartError::Render`] if the
    /// renderer refuses the drawing.
    pub fn png(&self, dpi: u32) -> Result<Vec<u8>, ChartError> {
        let (least, greatest) = DPI;
        if !(least..=greatest).contains(&dpi) {
            return Err(ChartError::Resolution { found: dpi, least, greatest });
        }
        let tree = self.tree(dpi)?;
        let size = tree.size().to_int_size();
        let mut pixels = tiny_skia::Pixmap::new(size.width(), size.height())
            .ok_or_else(|| ChartError::Render(format!("no image of {size:?} pixels")))?;
        render(&tree, tiny_skia::Transform::identity(), &mut pixels.as_mut());
        pixels.encode_png().map_err(|error| ChartError::Render(error.to_string()))
    }

    /// The drawing with text laid out in the shipped font, and no other.
    pub(super) fn tree(&self, dpi: u32) -> Result<usvg::Tree, ChartError> {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_source(fontdb::Source::Binary(Arc::new(font::FILE)));
        let options = usvg::Options {
            dpi: dpi as f32,
            font_family: font::FAMILY.into(),
            fontdb: Arc::new(fonts),
            ..usvg::Options::default()
        };
        usvg::Tree::from_str(&self.text, &options)
            .map_err(|error| ChartError::Render(error.to_string()))
    }
}

impl fmt::Display for Svg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
