//! Axes: from values to positions.

/// What an axis measures and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Quantity and unit, such as `Throughput (tokens/s/GPU)`.
    pub label: String,
    /// Spacing of the values.
    pub scale: Scale,
}

/// How values are spaced along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences are equally far apart.
    Linear,
    /// Equal ratios are equally far apart; ticks at powers of ten.
    Log10,
    /// Equal ratios are equally far apart; ticks at powers of two.
    Log2,
}

impl Scale {
    /// The value in the space where the axis is linear.
    fn warp(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log10 => libm::log10(value),
            Self::Log2 => libm::log2(value),
        }
    }

    fn unwarp(self, warped: f64) -> f64 {
        match self {
            Self::Linear => warped,
            Self::Log10 => libm::exp10(warped),
            Self::Log2 => libm::exp2(warped),
        }
    }
}

/// Free space beyond the outermost values, as a share of their distance.
const PADDING: f64 = 0.06;

/// Values closer than this share of their magnitude are drawn as equal.
const EQUAL: f64 = 1e-9;

/// Values nearer to zero than this are drawn as zero on a linear axis.
const TINY: f64 = 1e-100;

/// The largest magnitude on any axis; its inverse is the smallest value on a logarithmic one.
const HUGE: f64 = 1e100;

/// The part of a scale that an axis shows. Ends are in warped space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Domain {
    pub(super) scale: Scale,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Domain {
    /// The range of `values` with some space around. A linear axis of positive values begins at
    /// zero unless their range is narrower than their distance to zero.
    pub(super) fn around(scale: Scale, values: impl Iterator<Item = f64>) -> Self {
        let (low, high, padding) = range(scale, values);
        let from_zero = scale == Scale::Linear && low >= 0.0 && low <= high / 2.0;
        Self { scale, low: if from_zero { 0.0 } else { low - padding }, high: high + padding }
    }

    /// The range of `values` with some space around, wherever zero is.
    pub(super) fn across(scale: Scale, values: impl Iterator<Item = f64>) -> Self {
        let (low, high, padding) = range(scale, values);
        Self { scale, low: low - padding, high: high + padding }
    }

    /// Position of `value`: 0 at the low end of the axis, 1 at the high end.
    pub(super) fn fraction(&self, value: f64) -> f64 {
        (self.scale.warp(value) - self.low) / (self.high - self.low)
    }

    /// Whether `value` lies on the shown part of the axis.
    pub(super) fn contains(&self, value: f64) -> bool {
        (0.0..=1.0).contains(&self.fraction(value))
    }

    /// The two ends as values.
    pub(super) fn ends(&self) -> (f64, f64) {
        (self.scale.unwarp(self.low), self.scale.unwarp(self.high))
    }
}

/// Least and greatest of `values` in warped space, and the space beyond them.
fn range(scale: Scale, values: impl Iterator<Item = f64>) -> (f64, f64, f64) {
    let (low, high) = values
        .map(|value| scale.warp(value))
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let magnitude = low.abs().max(high.abs());
    let (equal, widening) = match scale {
        Scale::Linear if magnitude < TINY => (TINY, 1.0),
        Scale::Linear => (EQUAL * magnitude, magnitude / 10.0),
        Scale::Log10 => (EQUAL, 0.5),
        Scale::Log2 => (EQUAL, 1.0),
    };
    let padding = if high - low <= equal { widening } else { PADDING * (high - low) };
    (low, high, padding)
}

/// The least and the greatest value that an axis of this scale can show.
pub(super) fn limits(scale: Scale) -> (f64, f64) {
    match scale {
        Scale::Linear => (-HUGE, HUGE),
        Scale::Log10 | Scale::Log2 => (1.0 / HUGE, HUGE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(scale: Scale, values: &[f64]) -> Domain {
        Domain::around(scale, values.iter().copied())
    }

    #[test]
    fn linear_axes_begin_at_zero_unless_the_values_are_far_from_it() {
        assert_eq!(domain(Scale::Linear, &[3.0, 10.0]).low, 0.0);
        assert!(domain(Scale::Linear, &[9.0, 10.0]).low > 8.0);
        assert!(domain(Scale::Linear, &[-1.0, 10.0]).low < -1.0);
    }

    #[test]
    fn equal_values_get_an_axis_around_them() {
        for scale in [Scale::Linear, Scale::Log10, Scale::Log2] {
            for value in [1e-100, 1e-9, 1.0, 7.0, 1e100] {
                let alone = domain(scale, &[value, value]);
                assert!(alone.low < alone.high && alone.contains(value), "{scale:?} {value}");
            }
        }
        assert_eq!(domain(Scale::Linear, &[0.0]).ends(), (0.0, 1.0));
    }

    #[test]
    fn equal_ratios_are_equally_far_apart_on_logarithmic_axes() {
        for scale in [Scale::Log10, Scale::Log2] {
            let axis = domain(scale, &[1.0, 256.0]);
            let step = |value| axis.fraction(2.0 * value) - axis.fraction(value);
            assert!((step(1.0) - step(64.0)).abs() < 1e-12);
        }
    }
}
