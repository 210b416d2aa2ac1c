//! Formats, against values and roundings written down plainly.

use crate::common::{plain, preset, units};
use pim_dram::Device;
use pim_dram::alu::{Arithmetic, Format};
use pim_dram::device::DeviceError;
use proptest::prelude::*;

const SHORT: [Format; 2] = [Format::Bf16, Format::Fp16];

fn encode(format: Format, value: f32) -> u16 {
    u16::try_from(format.encode(value)).expect("16 bits")
}

#[test]
fn all_patterns_have_their_value_and_come_back() {
    for format in SHORT {
        for bits in 0..=u16::MAX {
            let (found, expected) = (format.decode(bits.into()), plain::value(format, bits));
            if expected.is_nan() {
                assert!(found.is_nan() && format.round(found).is_nan(), "{format:?} {bits:#x}");
            } else {
                assert_eq!(f64::from(found).to_bits(), expected.to_bits(), "{format:?} {bits:#x}");
                assert_eq!(encode(format, found), bits, "{format:?}");
            }
        }
    }
}

/// The middle of every two neighbours goes to the even one, what lies next to it to the nearer one.
#[test]
fn all_patterns_attract_half_of_the_way_to_their_neighbours() {
    for (format, infinity) in [(Format::Bf16, 0x7F80_u16), (Format::Fp16, 0x7C00)] {
        for low in 0..infinity {
            let above = match low + 1 {
                // As far as the next value would lie.
                high if high == infinity => {
                    2.0 * plain::value(format, low) - plain::value(format, low - 1)
                }
                high => plain::value(format, high),
            };
            let middle = f64::midpoint(plain::value(format, low), above) as f32;
            let even = low + low % 2;
            for (value, expected) in
                [(middle.next_down(), low), (middle, even), (middle.next_up(), low + 1)]
            {
                assert_eq!(encode(format, value), expected, "{format:?} {value:e}");
                assert_eq!(encode(format, -value), expected | 0x8000, "{format:?} -{value:e}");
            }
        }
    }
}

#[test]
fn the_product_of_two_fp16_values_is_exact() {
    let unit = |tree| Arithmetic { element: Format::Fp16, tree, accumulate: Format::Fp32 };
    // Every significand meets the longest ones; the least and the greatest exponents meet.
    for a in 0..0x7C00_u16 {
        for b in [0x0001, 0x03FF, 0x0400, 0x3FFF, 0x7BFF] {
            let [x, y] = [a, b].map(|bits| Format::Fp16.decode(bits.into()));
            let exact = plain::value(Format::Fp16, a) * plain::value(Format::Fp16, b);
            assert_eq!(f64::from(unit(Format::Fp32).multiply(x, y)), exact);
        }
    }
}

#[test]
fn the_product_of_two_bf16_values_is_exact_while_it_is_normal() {
    let unit = Arithmetic { element: Format::Bf16, tree: Format::Fp32, accumulate: Format::Fp32 };
    let product = |a: u16, b: u16| {
        let [x, y] = [a, b].map(|bits| Format::Bf16.decode(bits.into()));
        let exact = plain::value(Format::Bf16, a) * plain::value(Format::Bf16, b);
        (f64::from(unit.multiply(x, y)), exact)
    };
    for a in 0x3F80..0x4000 {
        for b in 0x3F80..0x4000 {
            let (found, exact) = product(a, b);
            assert_eq!(found, exact);
        }
        // Times 2^-126, the least normal value.
        let (found, exact) = product(a, 0x0080);
        assert_eq!(found, exact);
    }
    // 2^-74 x 2^-74 = 2^-148 is left, 1.5 x 2^-75 x 2^-75 = 1.5 x 2^-150 is rounded to 2^-149.
    assert_eq!(product(0x1A80, 0x1A80), (2_f64.powi(-148), 2_f64.powi(-148)));
    assert_eq!(product(0x1A40, 0x1A00), (2_f64.powi(-149), 1.5 * 2_f64.powi(-150)));
    assert_eq!(product(0x7F00, 0x7F00).0, f64::INFINITY);
}

/// Worked by hand: 256 + 1 is no bf16 value and ties to 256; five lanes are ((a + b) + (c + d)) + e.
#[test]
fn the_tree_rounds_every_level_and_passes_an_odd_lane_on() {
    let of = |tree| Arithmetic { element: Format::Bf16, tree, accumulate: Format::Fp32 };
    let lanes = [256.0, 1.0, 1.0, 1.0, 3.0];
    assert_eq!(of(Format::Fp32).sum(&mut lanes.clone()), 262.0);
    // 256 + 1 -> 256; 1 + 1 = 2; 256 + 2 = 258; 258 + 3 = 261 ties between 260 and 262, of which 260 is even.
    assert_eq!(of(Format::Bf16).sum(&mut lanes.clone()), 260.0);
    assert_eq!(of(Format::Bf16).sum(&mut [1.5]), 1.5);
    let narrow = Arithmetic { accumulate: Format::Bf16, ..of(Format::Fp32) };
    assert_eq!(narrow.accumulate(256.0, 1.0), 256.0);
    assert_eq!((narrow.read_out(256.5, 2), of(Format::Fp32).read_out(256.5, 4)), (256.5, 256.5));
    assert_eq!(of(Format::Fp32).read_out(257.0, 2), 256.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn any_f32_goes_to_the_nearest_value(bits in any::<u32>(), near in -30_i32..20, fraction in 1.0_f64..2.0) {
        for format in SHORT {
            for value in [f32::from_bits(bits), (fraction * 2_f64.powi(near)) as f32] {
                let (found, expected) = (format.round(value), plain::round(format, value.into()));
                prop_assert!(
                    found.is_nan() && expected.is_nan() || f64::from(found).to_bits() == expected.to_bits(),
                    "{:?} {:e}: {:e}, {:e}", format, value, found, expected
                );
            }
        }
    }
}

#[test]
fn elements_have_16_bits() {
    let mut spec = preset();
    units(&mut spec).arithmetic.element = Format::Fp32;
    let Err(DeviceError::Invalid { findings, .. }) = Device::new(&spec) else { panic!("accepted") };
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].path, "pim.arithmetic.element");
    units(&mut spec).arithmetic.element = Format::Fp16;
    assert!(Device::new(&spec).is_ok());
    let pim = units(&mut spec);
    (pim.element_bytes, pim.lanes) = (4, 8);
    let Err(DeviceError::Invalid { findings, .. }) = Device::new(&spec) else { panic!("accepted") };
    assert_eq!(findings[0].path, "pim.arithmetic.element");
}
