use crate::chart::tests::check_texts_are_apart_and_on_the_page;
use crate::chart::*;
use resvg::usvg::roxmltree::Document;

fn figure(values: &[f64], label: &str) -> BarFigure {
    let part = |(index, &value): (usize, &f64)| Part {
        name: format!("part {index}"),
        colour: OKABE_ITO[index],
        value,
    };
    let style = Style::nth(3);
    let bar = StackedBar {
        label: label.into(),
        parts: values.iter().enumerate().map(part).collect(),
        marks: vec![Mark { name: "published".into(), style, value: 50.0 }],
    };
    let group = |batch: u32| BarGroup { label: batch.to_string(), bars: vec![bar.clone(); 3] };
    let panel = BarPanel { title: "Qwen3-30B-A3B".into(), groups: [1, 16, 256].map(group).into() };
    BarFigure {
        label: "Activated experts (%)".into(),
        groups: "Requests in the batch".into(),
        alike: true,
        panels: vec![panel; 3],
    }
}

#[test]
fn parts_stand_on_each_other_and_texts_are_apart() {
    let svg = figure(&[20.0, 30.0, 0.0, 50.0], "PIMoE-TP").svg().expect("the figure is sound");
    check_texts_are_apart_and_on_the_page(&svg);
    let text = svg.to_string();
    let document = Document::parse(&text).expect("the drawing is well-formed");
    let parts = document.descendants().filter(|node| node.attribute("class") == Some("part"));
    let side = |node: &resvg::usvg::roxmltree::Node<'_, '_>, name: &str| {
        node.attribute(name).and_then(|text| text.parse::<f64>().ok()).expect("a number")
    };
    let places: Vec<(f64, f64)> = parts
        .flat_map(|part| part.children().filter(|node| node.has_tag_name("rect")))
        .map(|node| (side(&node, "y"), side(&node, "height")))
        .collect();
    // Parts without height are not drawn.
    assert_eq!(places.len(), 3 * 9 * 3);
    for bar in places.chunks(3) {
        assert!((bar[0].1 / bar[1].1 - 20.0 / 30.0).abs() < 1e-2, "{bar:?}");
        assert!((bar[1].0 + bar[1].1 - bar[0].0).abs() < 0.02, "{bar:?}");
        assert!((bar[2].0 + bar[2].1 - bar[1].0).abs() < 0.02, "{bar:?}");
    }
}

#[test]
fn errors_say_what_is_wrong() {
    let check = |figure: BarFigure, says: &str| {
        assert_eq!(figure.svg().expect_err("the figure is not sound").to_string(), says);
    };
    check(figure(&[1.0, -2.0], ""), "`part 1` of panel 0 is -2, allowed are 0e0 to 1e100");
    let mut empty = figure(&[1.0], "");
    empty.panels[1].groups[0].bars.clear();
    check(empty, "panel 1 (`Qwen3-30B-A3B`) has no bars, at least one is needed");
    let mut twice = figure(&[1.0], "");
    twice.panels[0].groups[0].bars[0].parts[0].colour = OKABE_ITO[5];
    check(twice, "`part 0` has two colours or markers, allowed is one a name");
}
