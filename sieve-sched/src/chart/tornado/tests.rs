use proptest::prelude::*;
use resvg::usvg::roxmltree::Document;

use super::*;
use crate::chart::Scale;
use crate::chart::tests::check_texts_are_apart_and_on_the_page;

fn end(value: f64, label: &str) -> End {
    End { value, label: label.into() }
}

fn bar(name: &str, ends: &[(f64, &str)]) -> Bar {
    let ends = ends.iter().map(|&(value, label)| end(value, label)).collect();
    Bar { name: name.into(), ends }
}

fn panel(bars: Vec<Bar>) -> TornadoPanel {
    TornadoPanel {
        title: "Sieve / PIMoE".into(),
        axis: Axis { label: "Ratio of throughput".into(), scale: Scale::Linear },
        base: end(1.4, "1.40"),
        bars,
    }
}

fn sound() -> Vec<Bar> {
    vec![
        bar("tRFC", &[(1.41, "200 ns")]),
        bar("tFAW", &[(1.2, "30 CK"), (1.1, "60 CK")]),
        bar("Context length", &[(1.5, "× 0.5"), (1.3, "× 2")]),
    ]
}

/// The texts of a drawing from top to bottom, those of one height from left to right, and the bars' left and right ends.
fn read(svg: &Svg) -> (Vec<String>, Vec<(f64, f64)>) {
    let text = svg.to_string();
    let document = Document::parse(&text).expect("the drawing is well-formed");
    let number = |text: &str| text.parse::<f64>().expect("a number");
    let mut texts: Vec<(f64, f64, String)> = (document.descendants())
        .filter(|node| node.has_tag_name("text"))
        .map(|node| {
            let at = |name| number(node.attribute(name).expect("a position"));
            (at("y"), at("x"), node.text().unwrap_or_default().to_owned())
        })
        .collect();
    texts.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let bars = document.descendants().filter(|node| node.has_tag_name("polygon")).map(|node| {
        let points = node.attribute("points").expect("corners");
        let xs: Vec<f64> =
            points.split(' ').map(|p| number(p.split(',').next().expect("x"))).collect();
        (xs.iter().copied().fold(f64::MAX, f64::min), xs.iter().copied().fold(f64::MIN, f64::max))
    });
    (texts.into_iter().map(|(.., text)| text).collect(), bars.collect())
}

#[test]
fn the_bar_that_reaches_furthest_is_on_top() {
    let svg = Tornado { panels: vec![panel(sound())] }.svg().expect("the figure is sound");
    let (texts, bars) = read(&svg);
    // Of a row the smaller type has the higher baseline: what stands beside the bar.
    let expected = [
        "1.40",
        "Sieve / PIMoE",
        "60 CK, 30 CK",
        "tFAW",
        "× 2",
        "× 0.5",
        "Context length",
        "200 ns",
        "tRFC",
    ];
    assert_eq!(texts[..expected.len()], expected);
    // One bar to the left for both values of tFAW, one on each side for the context, one to the right for tRFC.
    let base = bars[0].1;
    assert_eq!(bars.len(), 4);
    assert_eq!([bars[1].1, bars[2].0, bars[3].0], [base; 3]);
    let reach = |bar: (f64, f64)| bar.1 - bar.0;
    assert!((reach(bars[0]) / reach(bars[1]) - 3.0).abs() < 0.01, "{bars:?}");
}

#[test]
fn errors_say_what_is_wrong() {
    let says = |panels: Vec<TornadoPanel>| {
        Tornado { panels }.svg().expect_err("the figure is not sound").to_string()
    };
    assert_eq!(says(vec![]), "a figure without panels, at least one is needed");
    assert_eq!(
        says(vec![panel(vec![])]),
        "panel 0 (`Sieve / PIMoE`) has no bars, at least one is needed"
    );
    assert_eq!(
        says(vec![panel(sound()), panel(vec![bar("tFAW", &[])])]),
        "bar `tFAW` of panel 1 has no ends, at least one is needed"
    );
    assert_eq!(
        says(vec![panel(vec![bar("tFAW", &[(f64::NAN, "30 CK")])])]),
        "`tFAW` of panel 0 is NaN, allowed are -1e100 to 1e100"
    );
    assert_eq!(
        says(vec![TornadoPanel { base: end(f64::INFINITY, ""), ..panel(sound()) }]),
        "`base` of panel 0 is inf, allowed are -1e100 to 1e100"
    );
    assert!(says(vec![panel(vec![bar("漢", &[(1.0, "a")])])]).contains("Liberation Sans"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn texts_never_overlap_nor_leave_the_page(
        panels in prop::collection::vec(
            prop::collection::vec(
                ("[A-Za-z0-9 ]{1,60}", prop::collection::vec((-3.0..9.0, "[a-z0-9]{1,30}"), 1..4)),
                1..9),
            1..4),
        base in (-3.0..9.0, "[a-z0-9]{1,30}"),
        title in "[A-Za-z]{1,60}",
    ) {
        let bars = |bars: Vec<(String, Vec<(f64, String)>)>| {
            let bars = bars.into_iter().map(|(name, ends)| Bar {
                name: format!("n{name}"),
                ends: ends.into_iter().map(|(value, label)| End { value, label }).collect(),
            });
            TornadoPanel {
                title: title.clone(),
                base: End { value: base.0, label: base.1.clone() },
                ..panel(bars.collect())
            }
        };
        let svg = Tornado { panels: panels.into_iter().map(bars).collect() }.svg();
        check_texts_are_apart_and_on_the_page(&svg.expect("the figure is sound"));
    }
}
