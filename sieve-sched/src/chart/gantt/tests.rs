use crate::chart::tests::check_texts_are_apart_and_on_the_page;
use crate::chart::*;

fn chart(from: f64, to: f64) -> Gantt {
    let slice =
        |second| Slice { name: "experts on PIM".into(), colour: OKABE_ITO[5], second, from, to };
    let row =
        |label: &str| GanttRow { label: label.into(), slices: [true, false].map(slice).into() };
    let panel = |title: &str| GanttPanel {
        title: title.into(),
        rows: ["GPU", "HBM reads", "PIM", "link"].map(row).into(),
    };
    Gantt { label: "Time (µs)".into(), panels: ["NoExp", "Sieve"].map(panel).into() }
}

#[test]
fn texts_are_apart() {
    let svg = chart(3.0, 250.0).svg().expect("the figure is sound");
    check_texts_are_apart_and_on_the_page(&svg);
}

#[test]
fn time_does_not_run_backwards() {
    let error = chart(5.0, 4.0).svg().expect_err("the figure is not sound");
    let says = "`experts on PIM` of panel 0 is 4, allowed are 5e0 to 1e100";
    assert_eq!(error.to_string(), says);
}
