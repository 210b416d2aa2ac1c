//! Latency and bandwidth fitted to a table: the law that most models of collectives take.

use super::read::{Key, Row, Subject};

/// `alpha + bytes / beta`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlphaBeta {
    /// In us.
    pub alpha_us: f64,
    /// In GB/s.
    pub beta_gb_per_s: f64,
}

impl AlphaBeta {
    /// The law of least squared relative error over rows of (moved bytes, us); `None` where the times do not grow with bytes.
    #[must_use]
    pub fn fit(rows: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        // Normal equations of a + c x = 1 for columns 1/t and x/t.
        let (mut aa, mut ac, mut cc, mut a1, mut c1) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (bytes, micros) in rows {
            let (a, c) = (1.0 / micros, bytes / micros);
            (aa, ac, cc, a1, c1) = (aa + a * a, ac + a * c, cc + c * c, a1 + a, c1 + c);
        }
        let determinant = aa * cc - ac * ac;
        let alpha_us = (a1 * cc - c1 * ac) / determinant;
        let us_per_byte = (aa * c1 - ac * a1) / determinant;
        let usable = alpha_us.is_finite() && us_per_byte.is_finite() && us_per_byte > 0.0;
        usable.then(|| Self { alpha_us, beta_gb_per_s: 1e-3 / us_per_byte })
    }

    /// The law of a series.
    #[must_use]
    pub fn of(key: &Key, rows: &[Row]) -> Option<Self> {
        Self::fit(rows.iter().map(|row| (moved(key, row.bytes), row.micros)))
    }

    /// Time in us.
    #[must_use]
    pub fn micros(&self, moved: f64) -> f64 {
        self.alpha_us + moved / self.beta_gb_per_s / 1e3
    }
}

/// Bytes of a buffer that count as moved: of NCCL what leaves the GPU, (n - 1) / n; of DeepEP all, as its own bandwidths do.
#[must_use]
pub fn moved(key: &Key, bytes: u64) -> f64 {
    let n = f64::from(key.ranks);
    match key.subject {
        Subject::Nccl(_) => bytes as f64 * (n - 1.0) / n,
        Subject::DeepEp(..) => bytes as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_law_is_found() {
        // 10 us and 500 GB/s.
        let law = AlphaBeta::fit([(0.0, 10.0), (5e6, 20.0), (5e7, 110.0)]).unwrap();
        assert!((law.alpha_us - 10.0).abs() < 1e-9 && (law.beta_gb_per_s - 500.0).abs() < 1e-6);
        assert!((law.micros(5e6) - 20.0).abs() < 1e-9);
    }

    #[test]
    fn what_grows_not_has_no_bandwidth() {
        assert_eq!(AlphaBeta::fit([(1.0, 10.0)]), None);
        assert_eq!(AlphaBeta::fit([(1.0, 10.0), (2.0, 9.0)]), None);
    }
}
