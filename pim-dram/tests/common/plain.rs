//! Products and roundings written down plainly, on f64 and integers: what `alu` and `functional` are held against.

use pim_dram::alu::{Arithmetic, Format};
use pim_dram::layout::Layout;
use pim_dram::spec::PimSpec;

/// Significant bits, least and greatest exponent of a normal value.
pub(crate) fn shape(format: Format) -> (i32, i32, i32) {
    match format {
        Format::Bf16 => (8, -126, 127),
        Format::Fp16 => (11, -14, 15),
        Format::Fp32 => (24, -126, 127),
    }
}

/// The value of a pattern of a 16-bit format.
pub(crate) fn value(format: Format, bits: u16) -> f64 {
    let (digits, least, _) = shape(format);
    let fraction_bits = digits - 1;
    let exponent_bits = 15 - fraction_bits;
    let fraction = f64::from(bits & ((1 << fraction_bits) - 1));
    let exponent = i32::from((bits >> fraction_bits) & ((1 << exponent_bits) - 1));
    let magnitude = if exponent == (1 << exponent_bits) - 1 {
        if fraction == 0.0 { f64::INFINITY } else { f64::NAN }
    } else if exponent == 0 {
        fraction * 2_f64.powi(least - fraction_bits)
    } else {
        (fraction + f64::from(1 << fraction_bits))
            * 2_f64.powi(least + exponent - 1 - fraction_bits)
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

/// The nearest value of a format, ties to even.
pub(crate) fn round(format: Format, x: f64) -> f64 {
    let (digits, least, greatest) = shape(format);
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let exponent = i32::try_from((x.to_bits() >> 52) & 0x7FF).expect("11 bits") - 1023;
    let unit = exponent.max(least) - (digits - 1);
    let rounded = (x * 2_f64.powi(-unit)).round_ties_even() * 2_f64.powi(unit);
    if rounded.abs() >= 2_f64.powi(greatest + 1) { f64::INFINITY.copysign(x) } else { rounded }
}

/// y = W x in the order of the hardware. `chunk` bursts are added up in one accumulator.
pub(crate) fn product(
    pim: &PimSpec,
    layout: &Layout,
    chunk: u32,
    weights: &[u16],
    vectors: &[u16],
) -> Vec<f32> {
    let Arithmetic { element, tree, accumulate } = pim.arithmetic;
    let (inputs, lanes) = (layout.matrix.inputs, pim.lanes);
    let slice_inputs = inputs.div_ceil(layout.slices);
    let bytes = if accumulate == Format::Fp32 { 4 } else { 2 };
    let mut y = Vec::new();
    for x in vectors.chunks(inputs as usize) {
        for w in weights.chunks(inputs as usize) {
            let mut total = 0.0;
            for slice in 0..layout.slices {
                let mut of_slice = 0.0;
                let mut burst = 0;
                while burst < layout.tile.columns {
                    let mut sum = 0.0;
                    for burst in burst..(burst + chunk).min(layout.tile.columns) {
                        let mut level: Vec<f64> = Vec::new();
                        for lane in 0..lanes {
                            let within = burst * lanes + lane;
                            let input = (slice * slice_inputs + within) as usize;
                            let inside = within < slice_inputs && input < inputs as usize;
                            let p = if inside {
                                value(element, w[input]) * value(element, x[input])
                            } else {
                                0.0
                            };
                            level.push(round(tree, round(Format::Fp32, p)));
                        }
                        while level.len() > 1 {
                            let add = |pair: &[f64]| match pair {
                                [a, b] => round(tree, round(Format::Fp32, a + b)),
                                alone => alone[0],
                            };
                            level = level.chunks(2).map(add).collect();
                        }
                        sum = round(accumulate, round(Format::Fp32, sum + level[0]));
                    }
                    let read = if bytes <= pim.result_bytes { sum } else { round(element, sum) };
                    of_slice = round(Format::Fp32, of_slice + read);
                    burst += chunk;
                }
                total = round(Format::Fp32, total + of_slice);
            }
            y.push(total as f32);
        }
    }
    y
}
