use proptest::prelude::*;
use resvg::usvg::roxmltree::Document;
use resvg::usvg::{Group, Node};

use super::geometry::Rect;
use super::*;

fn series(name: &str, style: Style, points: &[(f64, f64)]) -> Series {
    let points = points.iter().map(|&point| point.into()).collect();
    Series { name: name.into(), style, points }
}

fn chart(scale: Scale, series: Vec<Series>) -> LineChart {
    let axis = |label: &str| Axis { label: label.into(), scale };
    let (x, y) = (axis("Interactivity (tokens/s/user)"), axis("Throughput (tokens/s/GPU)"));
    LineChart { title: "Qwen3-30B-A3B".into(), x, y, series }
}

/// The methods of the paper.
const LINES: usize = 6;

/// All of these, four batch sizes each, those of Sieve labelled.
fn methods(scale: Scale) -> LineChart {
    let line = |(index, (name, style)): (usize, &(&str, Style))| {
        let points = (0..4).map(|step| {
            let batch = 4_u32.pow(step);
            let x = 900.0 / (1.0 + f64::from(step)) + 20.0 * index as f64;
            let label = (*name == "sieve").then(|| batch.to_string());
            Point { x, y: x * f64::from(batch), label }
        });
        Series { name: (*name).into(), style: *style, points: points.collect() }
    };
    chart(scale, METHODS.iter().take(LINES).enumerate().map(line).collect())
}

fn figure(panels: Vec<LineChart>) -> Figure {
    Figure { panels, legend: true }
}

#[track_caller]
fn draw(panels: Vec<LineChart>) -> Svg {
    figure(panels).svg().expect("the figure is sound")
}

#[track_caller]
fn check_error(panels: Vec<LineChart>, text: &str) {
    let error = figure(panels).svg().expect_err("the figure is not sound");
    assert_eq!(error.to_string(), text);
}

/// The inked rectangles of all texts of a drawing, in page units.
fn text_boxes(group: &Group, boxes: &mut Vec<(String, Rect)>) {
    for node in group.children() {
        match node {
            Node::Group(group) => text_boxes(group, boxes),
            Node::Text(text) => {
                let ink = text.flattened().abs_bounding_box();
                let [left, top, width, height] =
                    [ink.x(), ink.y(), ink.width(), ink.height()].map(f64::from);
                let content = text.chunks().iter().map(|chunk| chunk.text()).collect();
                boxes.push((content, Rect { left, top, width, height }));
            }
            Node::Path(_) | Node::Image(_) => {}
        }
    }
}

#[track_caller]
pub(super) fn check_texts_are_apart_and_on_the_page(svg: &Svg) {
    let tree = svg.tree(96).expect("the drawing is well-formed");
    let (width, height) = (tree.size().width().into(), tree.size().height().into());
    let page = Rect { left: 0.0, top: 0.0, width, height };
    let mut boxes = Vec::new();
    text_boxes(tree.root(), &mut boxes);
    assert!(!boxes.is_empty());
    for (index, (text, ink)) in boxes.iter().enumerate() {
        assert!(page.contains(ink), "`{text}` leaves the page: {ink:?} of {page:?}");
        for (other, other_ink) in &boxes[..index] {
            assert!(!ink.overlaps(other_ink), "`{text}` overlaps `{other}`");
        }
    }
}

#[test]
fn the_same_figure_is_the_same_bytes() {
    let (first, second) = (draw(vec![methods(Scale::Log10)]), draw(vec![methods(Scale::Log10)]));
    assert_eq!(first, second);
    assert_eq!(first.outlined(), second.outlined());
    assert_eq!(first.png(150), second.png(150));
}

#[test]
fn every_part_is_drawn_once() {
    let svg = draw(vec![methods(Scale::Linear); 3]).to_string();
    let document = Document::parse(&svg).expect("the drawing is well-formed");
    let within = |class: &str, element: &str| {
        let groups = document.descendants().filter(|node| node.attribute("class") == Some(class));
        let parts = groups.flat_map(|group| group.descendants());
        parts.filter(|node| node.has_tag_name(element)).count()
    };
    assert_eq!(within("legend", "text"), LINES);
    assert_eq!(within("legend", "line"), LINES);
    assert_eq!(within("legend", "circle") + within("legend", "polygon"), LINES);
    assert_eq!(within("series", "polyline"), 3 * LINES);
    assert_eq!(within("series", "circle"), 3 * 4);
    assert_eq!(within("series", "polygon"), 3 * (LINES - 1) * 4);
    assert_eq!(within("point-labels", "text"), 3 * 4);
    assert_eq!(within("axes", "polyline"), 3);
    // Ticks as marks, as labels and as grid LINES.
    assert_eq!(within("axes", "line"), within("tick-labels", "text"));
    assert_eq!(within("axes", "line"), within("grid-major", "line"));
    // Three titles, three x labels, one y label for all.
    let all = document.descendants().filter(|node| node.has_tag_name("text")).count();
    assert_eq!(all - LINES - 3 * 4 - within("tick-labels", "text"), 3 + 3 + 1);
}

#[test]
fn outlines_have_no_text_and_the_printed_size() {
    let svg = draw(vec![methods(Scale::Log10)]);
    let outlined = svg.outlined().expect("the drawing can be rendered");
    assert!(svg.to_string().contains("<text") && svg.to_string().contains("width=\"85mm\""));
    assert!(!outlined.contains("<text") && !outlined.contains("font-family"));
    let tree = svg.tree(254).expect("the drawing is well-formed");
    assert_eq!(tree.size().width().round(), 850.0);
}

#[test]
fn a_page_is_as_large_as_it_is_printed_and_needs_no_font() {
    let svg = draw(vec![methods(Scale::Log10)]);
    let pdf = svg.pdf("Methods").expect("the drawing can be rendered");
    assert!(pdf.starts_with(b"%PDF-1.") && svg.pdf("Methods").as_ref() == Ok(&pdf));
    let text = String::from_utf8_lossy(&pdf);
    let corner = text.split_once("/MediaBox [0 0 ").and_then(|(_, rest)| rest.split_once(' '));
    let width: f64 = corner.and_then(|(width, _)| width.parse().ok()).expect("a width in points");
    assert!((width / theme::MM - 85.0).abs() < 0.01, "{width}");
    assert!(!text.contains("/Font") && text.contains("/FlateDecode"));
}

#[test]
fn resolutions_have_limits() {
    let svg = draw(vec![methods(Scale::Log10)]);
    assert!(svg.png(36).is_ok());
    for found in [0, 35, 1201, u32::MAX] {
        let error = ChartError::Resolution { found, least: 36, greatest: 1200 };
        assert_eq!(svg.png(found), Err(error));
    }
}

#[test]
fn markup_and_other_scripts_survive_in_texts() {
    let name = "k < 8 & \"τ\" > 2µs";
    let svg = draw(vec![chart(Scale::Linear, vec![series(name, Style::nth(0), &[(1.0, 2.0)])])]);
    let text = svg.to_string();
    let document = Document::parse(&text).expect("the drawing is well-formed");
    assert!(document.descendants().any(|node| node.text() == Some(name)));
}

#[test]
fn styles_differ() {
    for (index, (_, one)) in METHODS.iter().enumerate() {
        for (_, other) in &METHODS[..index] {
            assert!(one.colour != other.colour && one.marker != other.marker);
        }
    }
    let styles: Vec<Style> = (0..42).map(Style::nth).collect();
    assert!((0..42).all(|index| !styles[..index].contains(&styles[index])));
    let emphasised = METHODS.iter().filter(|(_, style)| style.emphasis);
    assert_eq!(emphasised.map(|(name, _)| *name).collect::<Vec<_>>(), ["sieve"]);
}

#[test]
fn errors_say_what_is_wrong() {
    let one = |scale, points: &[_]| vec![chart(scale, vec![series("a", Style::nth(0), points)])];
    check_error(vec![], "a figure without panels, at least one is needed");
    check_error(
        vec![chart(Scale::Linear, vec![])],
        "panel 0 (`Qwen3-30B-A3B`) has no series, at least one is needed",
    );
    check_error(
        one(Scale::Linear, &[]),
        "series `a` of panel 0 has no points, at least one is needed",
    );
    check_error(
        one(Scale::Linear, &[(1.0, 1.0), (f64::NAN, 1.0)]),
        "point 1 of series `a` of panel 0 has x = NaN, allowed are -1e100 to 1e100",
    );
    check_error(
        one(Scale::Log10, &[(1.0, 0.0)]),
        "point 0 of series `a` of panel 0 has y = 0, allowed are 1e-100 to 1e100",
    );
    check_error(
        one(Scale::Log2, &[(f64::INFINITY, 1.0)]),
        "point 0 of series `a` of panel 0 has x = inf, allowed are 1e-100 to 1e100",
    );
    check_error(
        [(0, Scale::Linear), (1, Scale::Linear)]
            .map(|(style, scale)| chart(scale, vec![series("a", Style::nth(style), &[(1.0, 1.0)])]))
            .to_vec(),
        "series `a` has a style of its own in panel 1, allowed is one style a name",
    );
    check_error(
        vec![chart(Scale::Linear, vec![series("a\n", Style::nth(0), &[(1.0, 1.0)])])],
        "the text \"a\\n\" has '\\n', allowed are characters of the font Liberation Sans",
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn texts_never_overlap_nor_leave_the_page(
        scales in prop::collection::vec(
            prop::sample::select(&[Scale::Linear, Scale::Log10, Scale::Log2][..]), 1..7),
        lines in prop::collection::vec(
            ("[A-Za-z0-9]{0,60}", prop::collection::vec((-6.0..7.0, -6.0..7.0), 1..9)), 1..9),
        title in "[A-Za-z ]{0,80}",
    ) {
        let panel = |&scale: &Scale| {
            let series = lines.iter().enumerate().map(|(index, (name, exponents))| {
                let points = exponents.iter().map(|&(x, y)| Point {
                    x: libm::exp10(x),
                    y: libm::exp10(y),
                    label: Some(index.to_string()),
                });
                let name = format!("{index}{name}");
                Series { name, style: Style::nth(index), points: points.collect() }
            });
            LineChart { title: title.clone(), ..chart(scale, series.collect()) }
        };
        check_texts_are_apart_and_on_the_page(&draw(scales.iter().map(panel).collect()));
    }
}
