use super::colour;
use crate::chart::tests::check_texts_are_apart_and_on_the_page;
use crate::chart::*;

fn map(rows: Vec<Vec<f64>>) -> HeatMap {
    let panel = HeatPanel { title: "PIMoE, 64 requests".into(), rows };
    let (x, y) = ("Pseudo-channel".into(), "Stack".into());
    HeatMap { label: "Time over the longest".into(), x, y, panels: vec![panel; 4] }
}

#[test]
fn texts_are_apart_at_any_number_of_cells() {
    for (down, right) in [(4, 8), (8, 32), (16, 100)] {
        let svg = map(vec![vec![0.5; right]; down]).svg().expect("the figure is sound");
        check_texts_are_apart_and_on_the_page(&svg);
    }
}

#[test]
fn more_is_darker() {
    let light = |step: u32| {
        let Colour([red, green, blue]) = colour(f64::from(step) / 50.0);
        0.2126 * f64::from(red) + 0.7152 * f64::from(green) + 0.0722 * f64::from(blue)
    };
    assert!((0..50).all(|step| light(step + 1) < light(step)));
}

#[test]
fn errors_say_what_is_wrong() {
    let check = |rows, says: &str| {
        assert_eq!(map(rows).svg().expect_err("the figure is not sound").to_string(), says);
    };
    check(vec![vec![0.0, 1.5]], "`a cell` of panel 0 is 1.5, allowed are 0e0 to 1e0");
    check(
        vec![vec![0.0, 1.0], vec![0.0]],
        "panel 0 (`PIMoE, 64 requests`) has rows of 2, 1 cells, allowed is one length of at least 1",
    );
}
