//! Floating-point formats.

use half::{bf16, f16};
use serde::{Deserialize, Serialize};

/// A floating-point format. Values travel as `f32`, which holds every value of each format.
///
/// All roundings go to nearest, ties to even; subnormals are kept, overflow is infinite, NaN stays NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// 1 sign, 8 exponent and 7 fraction bits.
    Bf16,
    /// IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits.
    Fp16,
    /// IEEE 754 binary32: 1 sign, 8 exponent and 23 fraction bits.
    Fp32,
}

impl Format {
    /// Bytes of a value.
    #[must_use]
    pub fn bytes(self) -> u32 {
        match self {
            Self::Bf16 | Self::Fp16 => 2,
            Self::Fp32 => 4,
        }
    }

    /// The value of a bit pattern, which stands in the lowest bits.
    #[must_use]
    pub fn decode(self, bits: u32) -> f32 {
        match self {
            Self::Bf16 => bf16::from_bits(bits as u16).to_f32(),
            Self::Fp16 => f16::from_bits(bits as u16).to_f32(),
            Self::Fp32 => f32::from_bits(bits),
        }
    }

    /// The bit pattern of the nearest value.
    #[must_use]
    pub fn encode(self, value: f32) -> u32 {
        match self {
            Self::Bf16 => bf16::from_f32(value).to_bits().into(),
            Self::Fp16 => f16::from_f32(value).to_bits().into(),
            Self::Fp32 => value.to_bits(),
        }
    }

    /// The nearest value of the format.
    #[must_use]
    pub fn round(self, value: f32) -> f32 {
        self.decode(self.encode(value))
    }
}
