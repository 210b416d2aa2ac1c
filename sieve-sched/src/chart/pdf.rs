//! A drawing as a PDF page of its printed size: paths alone, so that no font is needed.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::{Content, Filter, Finish, Pdf, Rect, Ref, TextStr};
use resvg::tiny_skia::{PathSegment, Transform};
use resvg::usvg::{FillRule, Group, LineCap, LineJoin, Node, Paint, PaintOrder, Path, Stroke};

use super::{ChartError, Svg};

/// Pixels per inch at which a pixel is a point.
const POINTS: u32 = 72;

impl Svg {
    /// The drawing as a PDF file of one page, as large as it is printed, all text as paths. Readers show `title` as its name.
    ///
    /// # Errors
    /// [`ChartError::Render`] if the renderer refuses the drawing.
    pub fn pdf(&self, title: &str) -> Result<Vec<u8>, ChartError> {
        let tree = self.tree(POINTS)?;
        let (width, height) = (tree.size().width(), tree.size().height());
        let mut content = Content::new();
        // PDF counts from the bottom.
        content.transform([1.0, 0.0, 0.0, -1.0, 0.0, height]);
        group(&mut content, tree.root())?;

        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        let written = encoder.write_all(&content.finish());
        let stream = written.and_then(|()| encoder.finish());
        let stream = stream.map_err(|error| ChartError::Render(error.to_string()))?;
        let [catalog, pages, page, contents, about] = [1, 2, 3, 4, 5].map(Ref::new);
        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(pages);
        pdf.pages(pages).kids([page]).count(1);
        let mut only = pdf.page(page);
        only.parent(pages).contents(contents).media_box(Rect::new(0.0, 0.0, width, height));
        only.resources();
        only.finish();
        pdf.document_info(about).title(TextStr(title));
        pdf.stream(contents, &stream).filter(Filter::FlateDecode);
        Ok(pdf.finish())
    }
}

/// Adds what a group holds. Our drawings have no masks, filters, gradients or transparency.
fn group(content: &mut Content, group: &Group) -> Result<(), ChartError> {
    for node in group.children() {
        match node {
            Node::Group(inner) => self::group(content, inner)?,
            Node::Text(text) => self::group(content, text.flattened())?,
            Node::Path(path) => self::path(content, path)?,
            Node::Image(_) => return Err(ChartError::Render("an image in a drawing".into())),
        }
    }
    Ok(())
}

fn path(content: &mut Content, path: &Path) -> Result<(), ChartError> {
    content.save_state();
    let Transform { sx, ky, kx, sy, tx, ty } = path.abs_transform();
    content.transform([sx, ky, kx, sy, tx, ty]);
    let stroke_first = path.paint_order() == PaintOrder::StrokeAndFill;
    for stroking in [stroke_first, !stroke_first] {
        match (stroking, path.fill(), path.stroke()) {
            (true, _, Some(stroke)) => {
                pen(content, stroke)?;
                outline(content, path);
                content.stroke();
            }
            (false, Some(fill), _) => {
                let [r, g, b] = rgb(fill.paint())?;
                content.set_fill_rgb(r, g, b);
                outline(content, path);
                match fill.rule() {
                    FillRule::NonZero => content.fill_nonzero(),
                    FillRule::EvenOdd => content.fill_even_odd(),
                };
            }
            _ => {}
        }
    }
    content.restore_state();
    Ok(())
}

fn pen(content: &mut Content, stroke: &Stroke) -> Result<(), ChartError> {
    let [r, g, b] = rgb(stroke.paint())?;
    content.set_stroke_rgb(r, g, b).set_line_width(stroke.width().get());
    content.set_line_cap(match stroke.linecap() {
        LineCap::Butt => LineCapStyle::ButtCap,
        LineCap::Round => LineCapStyle::RoundCap,
        LineCap::Square => LineCapStyle::ProjectingSquareCap,
    });
    content.set_line_join(match stroke.linejoin() {
        LineJoin::Miter | LineJoin::MiterClip => LineJoinStyle::MiterJoin,
        LineJoin::Round => LineJoinStyle::RoundJoin,
        LineJoin::Bevel => LineJoinStyle::BevelJoin,
    });
    if let Some(dashes) = stroke.dasharray() {
        content.set_dash_pattern(dashes.iter().copied(), stroke.dashoffset());
    }
    Ok(())
}

fn rgb(paint: &Paint) -> Result<[f32; 3], ChartError> {
    match paint {
        Paint::Color(colour) => {
            Ok([colour.red, colour.green, colour.blue].map(|channel| f32::from(channel) / 255.0))
        }
        _ => Err(ChartError::Render("a paint that is no plain colour".into())),
    }
}

fn outline(content: &mut Content, path: &Path) {
    let mut last = (0.0, 0.0);
    for segment in path.data().segments() {
        match segment {
            PathSegment::MoveTo(to) => {
                content.move_to(to.x, to.y);
                last = (to.x, to.y);
            }
            PathSegment::LineTo(to) => {
                content.line_to(to.x, to.y);
                last = (to.x, to.y);
            }
            PathSegment::QuadTo(by, to) => {
                // As the cubic curve that it is.
                let near = |from: f32, by: f32| from + (by - from) * 2.0 / 3.0;
                let (x1, y1) = (near(last.0, by.x), near(last.1, by.y));
                let (x2, y2) = (near(to.x, by.x), near(to.y, by.y));
                content.cubic_to(x1, y1, x2, y2, to.x, to.y);
                last = (to.x, to.y);
            }
            PathSegment::CubicTo(first, second, to) => {
                content.cubic_to(first.x, first.y, second.x, second.y, to.x, to.y);
                last = (to.x, to.y);
            }
            PathSegment::Close => {
                content.close_path();
            }
        }
    }
}
