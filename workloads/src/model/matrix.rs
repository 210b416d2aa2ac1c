//! A weight matrix.

use super::WeightFormat;

/// A weight matrix `[rows x columns]` that maps `columns` inputs to `rows` outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// Outputs.
    pub rows: u32,
    /// Inputs.
    pub columns: u32,
}

impl Matrix {
    /// Parameters.
    #[must_use]
    pub fn params(self) -> u64 {
        u64::from(self.rows) * u64::from(self.columns)
    }

    /// Bytes as stored, scales included; each part rounded up.
    #[must_use]
    pub fn bytes(self, format: WeightFormat) -> u64 {
        bytes(self.params(), format.traits().element_bits) + format.scale_bytes(self)
    }
}

/// Bytes of so many elements, rounded up.
pub(crate) fn bytes(elements: u64, bits: u32) -> u64 {
    (elements * u64::from(bits)).div_ceil(8)
}
