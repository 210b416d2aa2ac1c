//! What is shown of a step, as a user writes it.

use std::ops::Range;

use sieve_sched::time::Femtos;

/// `FROM..TO`, without the last, or one layer.
pub(super) fn layers(text: &str) -> Result<Range<usize>, String> {
    let expected = || "expected a layer such as 7 or a range such as 0..4".to_owned();
    let number = |text: &str| text.parse::<usize>().map_err(|_| expected());
    let range = match text.split_once("..") {
        Some((from, to)) => number(from)?..number(to)?,
        None => {
            let layer = number(text)?;
            layer..layer.checked_add(1).ok_or_else(expected)?
        }
    };
    if range.is_empty() { Err(expected()) } else { Ok(range) }
}

/// Microseconds with up to nine decimals.
pub(super) fn instant(text: &str) -> Result<Femtos, String> {
    let expected = || "expected microseconds, such as 12 or 12.5".to_owned();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 9 || !digits(whole) || !digits(part) {
        return Err(expected());
    }
    let femtos = format!("{whole}{part:0<9}").parse();
    femtos.map(Femtos::from_ticks).map_err(|_| expected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_a_range_or_one() {
        assert_eq!((layers("0..4"), layers("7")), (Ok(0..4), Ok(7..8)));
        for text in ["4..4", "5..4", "", "..", "a", "1..b", "18446744073709551615"] {
            assert!(layers(text).is_err(), "{text}");
        }
    }

    #[test]
    fn microseconds_are_read_exactly() {
        let fs = |text| instant(text).map(|at| at.as_ticks());
        assert_eq!((fs("12"), fs("0.000000001")), (Ok(12_000_000_000), Ok(1)));
        assert_eq!(fs("12.5"), Ok(12_500_000_000));
        for text in ["", "-1", ".5", "1e3", "0.0000000001", "99999999999999"] {
            assert!(fs(text).is_err(), "{text}");
        }
    }
}
