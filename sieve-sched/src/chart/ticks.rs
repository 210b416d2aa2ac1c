//! Where ticks stand and what they read.

use std::ops::RangeInclusive;

use super::axis::{Domain, Scale};

/// A labelled position.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) value: f64,
    pub(super) label: String,
}

/// The ticks of one axis, ascending. Minor ones carry a light grid line and no label.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ticks {
    pub(super) major: Vec<Tick>,
    pub(super) minor: Vec<f64>,
}

/// The most ticks that an axis has, however long it is.
const MOST_TICKS: usize = 20;

/// The finest ticks whose labels fit, from steps of 1, 2 and 5 times a power of ten on a linear
/// axis, from powers and their 2- and 5-fold on a logarithmic one.
pub(super) fn ticks(domain: &Domain, fits: impl Fn(&[Tick]) -> bool) -> Ticks {
    let mut ladder = ladder(domain);
    let coarsest = ladder.len() - 1;
    let chosen = ladder.iter().position(|rung| fits(&rung.major)).unwrap_or(coarsest);
    ladder.swap_remove(chosen)
}

/// All good sets of at least two ticks, fine to coarse. A logarithmic axis too short for round
/// powers has linear steps instead.
fn ladder(domain: &Domain) -> Vec<Ticks> {
    let powers = match domain.scale {
        Scale::Linear => Vec::new(),
        Scale::Log10 => powers_of_ten(domain),
        Scale::Log2 => powers_of_two(domain),
    };
    powers.into_iter().chain(linear_steps(domain)).collect()
}

fn linear_steps(domain: &Domain) -> impl Iterator<Item = Ticks> {
    let (low, high) = domain.ends();
    let largest = low.abs().max(high.abs());
    let finest = libm::floor(libm::log10((high - low) / MOST_TICKS as f64)) as i32;
    (finest..finest + 3)
        .flat_map(|exponent| [1, 2, 5].map(|mantissa| (mantissa, exponent)))
        .map(move |(mantissa, exponent)| {
            let step = decimal(mantissa, exponent);
            let (first, last) = (libm::ceil(low / step) as i64, libm::floor(high / step) as i64);
            let tick = |k: i64| Tick {
                value: decimal(k * mantissa, exponent),
                label: linear_label(k * mantissa, exponent, largest),
            };
            let halfway = |k: i64| decimal((2 * k + 1) * 5 * mantissa, exponent - 1);
            Ticks {
                major: (first..=last).map(tick).collect(),
                minor: (first - 1..=last).map(halfway).collect(),
            }
            .within(domain)
        })
        .filter(|rung| (2..=MOST_TICKS).contains(&rung.major.len()))
}

fn powers_of_ten(domain: &Domain) -> Vec<Ticks> {
    let exponents = whole_powers(domain);
    let rung = |labelled: &[i64], stride: i32| {
        let mut rung = Ticks { major: Vec::new(), minor: Vec::new() };
        for exponent in exponents.clone() {
            for mantissa in if stride == 1 { 1..10 } else { 1..2 } {
                let value = decimal(mantissa, exponent);
                if exponent % stride == 0 && labelled.contains(&mantissa) {
                    rung.major.push(Tick { value, label: decimal_label(mantissa, exponent) });
                } else {
                    rung.minor.push(value);
                }
            }
        }
        rung.within(domain)
    };
    // Two powers show that the scale is logarithmic; of 1-2-5 it takes three.
    let fine = Some(rung(&[1, 2, 5], 1)).filter(|rung| rung.major.len() >= 3);
    let coarse = [1, 2, 5, 10, 20, 50, 100].map(|stride| rung(&[1], stride));
    fine.into_iter().chain(coarse.into_iter().filter(|rung| rung.major.len() >= 2)).collect()
}

fn powers_of_two(domain: &Domain) -> Vec<Ticks> {
    let rung = |stride: i32| {
        let (major, minor): (Vec<i32>, Vec<i32>) =
            whole_powers(domain).partition(|exponent| exponent % stride == 0);
        let value = |exponent| libm::ldexp(1.0, exponent);
        let tick = |exponent| Tick { value: value(exponent), label: binary_label(exponent) };
        Ticks {
            major: major.into_iter().map(tick).collect(),
            minor: minor.into_iter().map(value).collect(),
        }
        .within(domain)
    };
    // Two neighbouring powers alone say less than linear steps between them.
    let fine = Some(rung(1)).filter(|rung| rung.major.len() >= 3);
    let coarse = [2, 4, 8, 16, 32, 64, 128, 256].map(rung);
    fine.into_iter().chain(coarse.into_iter().filter(|rung| rung.major.len() >= 2)).collect()
}

/// The exponents from the power at or below the axis to the one at or above it.
fn whole_powers(domain: &Domain) -> RangeInclusive<i32> {
    libm::floor(domain.low) as i32..=libm::ceil(domain.high) as i32
}

impl Ticks {
    fn within(mut self, domain: &Domain) -> Self {
        self.major.retain(|tick| domain.contains(tick.value));
        self.minor.retain(|&value| domain.contains(value));
        self
    }
}

/// The number `mantissa * 10^exponent`, correctly rounded.
fn decimal(mantissa: i64, exponent: i32) -> f64 {
    format!("{mantissa}e{exponent}").parse().expect("digits, e, digits is a number")
}

const THOUSANDS: [&str; 5] = ["", "k", "M", "G", "T"];
const BINARY_THOUSANDS: [&str; 5] = ["", "Ki", "Mi", "Gi", "Ti"];

/// The label of `mantissa * 10^exponent` on a linear axis whose values reach `largest`: one unit
/// and one number of decimals along the whole axis.
fn linear_label(mantissa: i64, exponent: i32, largest: f64) -> String {
    let text = if mantissa == 0 {
        "0".into()
    } else if !(1e-3..1e16).contains(&largest) {
        format!("{:e}", decimal(mantissa, exponent))
    } else {
        // Up to four digits are easier to read than a suffix.
        let thousands = [1e4, 1e6, 1e9, 1e12].partition_point(|&from| from <= largest);
        let unit = 3 * thousands as i32;
        let decimals = usize::try_from(unit - exponent).unwrap_or(0);
        format!("{:.decimals$}{}", decimal(mantissa, exponent - unit), THOUSANDS[thousands])
    };
    text.replace('-', "\u{2212}")
}

/// The label of `mantissa * 10^exponent` on a logarithmic axis.
fn decimal_label(mantissa: i64, exponent: i32) -> String {
    match exponent {
        -3..3 => decimal(mantissa, exponent).to_string(),
        3..15 => {
            let within = decimal(mantissa, exponent % 3);
            format!("{within}{}", THOUSANDS[exponent as usize / 3])
        }
        _ => format!("{mantissa}e{exponent}").replace('-', "\u{2212}"),
    }
}

/// The label of `2^exponent` on a logarithmic axis.
fn binary_label(exponent: i32) -> String {
    match exponent {
        -6..14 => libm::ldexp(1.0, exponent).to_string(),
        14..50 => {
            let within = libm::ldexp(1.0, exponent % 10);
            format!("{within}{}", BINARY_THOUSANDS[exponent as usize / 10])
        }
        _ => format!("2^{exponent}").replace('-', "\u{2212}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The labels of the finest ticks, at most `most`, on an axis around `values`.
    #[track_caller]
    fn check(scale: Scale, values: [f64; 2], most: usize, labels: &str) {
        let domain = Domain::around(scale, values.into_iter());
        let ticks = ticks(&domain, |major| major.len() <= most);
        let got: Vec<_> = ticks.major.into_iter().map(|tick| tick.label).collect();
        assert_eq!(got.join(" "), labels);
    }

    #[test]
    fn linear_axes_step_by_one_two_or_five() {
        check(Scale::Linear, [0.0, 10.0], 6, "0 2 4 6 8 10");
        check(Scale::Linear, [0.0, 9_400.0], 6, "0 2000 4000 6000 8000");
        check(Scale::Linear, [0.0, 14_000.0], 8, "0 2k 4k 6k 8k 10k 12k 14k");
        check(Scale::Linear, [0.0, 14_000.0], 4, "0 5k 10k");
        check(Scale::Linear, [0.0, 1_500_000.0], 4, "0 0.5M 1.0M 1.5M");
        check(Scale::Linear, [0.9, 1.3], 6, "0.9 1.0 1.1 1.2 1.3");
        check(Scale::Linear, [-3.0, 3.0], 4, "\u{2212}2 0 2");
        check(Scale::Linear, [0.0, 3e-7], 4, "0 1e\u{2212}7 2e\u{2212}7 3e\u{2212}7");
    }

    #[test]
    fn decades_are_divided_while_the_labels_fit() {
        check(Scale::Log10, [12.0, 1_500.0], 8, "10 20 50 100 200 500 1k 2k");
        check(Scale::Log10, [1.0, 1e6], 8, "1 10 100 1k 10k 100k 1M");
        check(Scale::Log10, [1e-6, 1e6], 5, "1e\u{2212}5 1 100k");
        check(Scale::Log10, [110.0, 180.0], 8, "110 120 130 140 150 160 170 180");
    }

    #[test]
    fn powers_of_two_keep_their_digits() {
        check(Scale::Log2, [1.0, 256.0], 9, "1 2 4 8 16 32 64 128 256");
        check(Scale::Log2, [1.0, 256.0], 5, "1 4 16 64 256");
        check(Scale::Log2, [2048.0, 32768.0], 9, "2048 4096 8192 16Ki 32Ki");
    }

    proptest! {
        #[test]
        fn ticks_rise_within_the_axis_and_read_differently(
            scale in prop::sample::select(&[Scale::Linear, Scale::Log10, Scale::Log2][..]),
            exponents in prop::array::uniform2(-100.0..100.0_f64),
            negative: bool,
            most in 5_usize..12,
        ) {
            let mut values = exponents.map(libm::exp10);
            if negative && scale == Scale::Linear {
                values[0] = -values[0];
            }
            let domain = Domain::around(scale, values.into_iter());
            let ticks = ticks(&domain, |major| major.len() <= most);
            let majors: Vec<f64> = ticks.major.iter().map(|tick| tick.value).collect();
            prop_assert!((2..=most).contains(&majors.len()), "{:?}", ticks);
            prop_assert!(majors.iter().chain(&ticks.minor).all(|&value| domain.contains(value)));
            prop_assert!(majors.is_sorted_by(|a, b| a < b), "{:?}", ticks);
            prop_assert!(ticks.minor.is_sorted_by(|a, b| a < b), "{:?}", ticks);
            prop_assert!(ticks.minor.iter().all(|minor| !majors.contains(minor)));
            let mut labels: Vec<&str> = ticks.major.iter().map(|tick| &*tick.label).collect();
            labels.sort_unstable();
            labels.dedup();
            prop_assert_eq!(labels.len(), majors.len(), "{:?}", ticks);
        }
    }
}
