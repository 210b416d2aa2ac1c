//! Random variates with portable arithmetic: `libm` and IEEE operations only.

use rand::{Rng, RngExt};

/// Uniform in the open interval (0, 1).
pub(crate) fn uniform(rng: &mut impl Rng) -> f64 {
    const CELLS: f64 = (1_u64 << 52) as f64;
    ((rng.random::<u64>() >> 12) as f64 + 0.5) / CELLS
}

/// Standard normal: Marsaglia's polar method.
pub(crate) fn normal(rng: &mut impl Rng) -> f64 {
    loop {
        let (x, y) = (2.0 * uniform(rng) - 1.0, 2.0 * uniform(rng) - 1.0);
        let square = x * x + y * y;
        if square < 1.0 {
            return x * (-2.0 * libm::log(square) / square).sqrt();
        }
    }
}

/// Standard Gumbel.
pub(crate) fn gumbel(rng: &mut impl Rng) -> f64 {
    -libm::log(-libm::log(uniform(rng)))
}

/// The Gumbel quantile of a standard normal's probability, so that a standard normal becomes a standard Gumbel.
pub(crate) fn gumbel_at(x: f64) -> f64 {
    let above = 0.5 * libm::erfc(x.abs() * std::f64::consts::FRAC_1_SQRT_2);
    // Exact in both tails.
    let ln_below = if x > 0.0 { libm::log1p(-above) } else { libm::log(above) };
    -libm::log(-ln_below)
}

/// Logarithm of a Gamma(shape, 1) variate: Marsaglia and Tsang (ACM TOMS 2000).
pub(crate) fn ln_gamma(rng: &mut impl Rng, shape: f64) -> f64 {
    if shape < 1.0 {
        // G(a) = G(a + 1) U^(1/a); its logarithm does not underflow where the variate does.
        return ln_gamma(rng, shape + 1.0) + libm::log(uniform(rng)) / shape;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(rng);
        let t = 1.0 + c * x;
        if t <= 0.0 {
            continue;
        }
        let ln_v = 3.0 * libm::log(t);
        let v = t * t * t;
        if libm::log(uniform(rng)) < 0.5 * x * x + d * (1.0 - v + ln_v) {
            return libm::log(d) + ln_v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, stream};

    const DRAWS: usize = 200_000;

    /// Mean and variance of many draws lie within five standard errors of the law's.
    #[track_caller]
    fn check(mut draw: impl FnMut() -> f64, mean: f64, variance: f64, fourth_central: f64) {
        let n = DRAWS as f64;
        let draws: Vec<_> = (0..DRAWS).map(|_| draw()).collect();
        let found = draws.iter().sum::<f64>() / n;
        assert!((found - mean).abs() < 5.0 * (variance / n).sqrt(), "mean {found}, not {mean}");
        let found = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
        let error = ((fourth_central - variance * variance) / n).sqrt();
        assert!((found - variance).abs() < 5.0 * error, "variance {found}, not {variance}");
    }

    #[test]
    fn uniform_has_its_moments() {
        let mut rng = stream(1, Purpose::Tokens, 0);
        check(|| uniform(&mut rng), 0.5, 1.0 / 12.0, 1.0 / 80.0);
    }

    #[test]
    fn normal_has_its_moments() {
        let mut rng = stream(2, Purpose::Tokens, 0);
        check(|| normal(&mut rng), 0.0, 1.0, 3.0);
    }

    #[test]
    fn gumbel_has_its_moments_and_so_has_that_of_a_normal() {
        const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;
        let variance = std::f64::consts::PI.powi(2) / 6.0;
        // Excess kurtosis 12 / 5.
        let fourth = (3.0 + 12.0 / 5.0) * variance * variance;
        let mut rng = stream(4, Purpose::Tokens, 0);
        check(|| gumbel(&mut rng), EULER_GAMMA, variance, fourth);
        check(|| gumbel_at(normal(&mut rng)), EULER_GAMMA, variance, fourth);
        assert!(gumbel_at(-8.5).is_finite() && gumbel_at(8.5) > 38.0);
    }

    #[test]
    fn gamma_has_its_moments() {
        for (index, shape) in [0.158, 0.99, 1.0, 10.5].into_iter().enumerate() {
            let mut rng = stream(3, Purpose::Tokens, index as u32);
            let fourth = 3.0 * shape * shape + 6.0 * shape;
            check(|| libm::exp(ln_gamma(&mut rng, shape)), shape, shape, fourth);
        }
    }
}
