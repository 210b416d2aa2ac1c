//! How weights are stored.

use serde::{Deserialize, Serialize};

use super::Matrix;

/// Storage format of weights; a row of [`WeightFormat::traits`] says what each takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightFormat {
    /// 32-bit floats.
    Fp32,
    /// 16-bit floats, bfloat16 or IEEE half.
    Bf16,
    /// 8-bit floats; one scale a matrix, not counted.
    Fp8,
    /// 8-bit floats with a 32-bit scale per 128 x 128 (DeepSeek-V3, arXiv 2412.19437 section 3.3.2).
    Fp8Block,
    /// 4-bit floats with an 8-bit scale per 32 of a row (OCP Microscaling Formats 1.0).
    Mxfp4,
    /// 4-bit floats with an 8-bit scale per 16 of a row (NVIDIA, "Introducing NVFP4"); one more a matrix, not counted.
    Nvfp4,
}

/// What a format takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatTraits {
    /// Its name in files and reports.
    pub name: &'static str,
    /// Bits of a weight without scales.
    pub element_bits: u32,
    /// Scales, if weights share some.
    pub scale: Option<Scale>,
}

/// A scale that a block of weights shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Its bits.
    pub bits: u32,
    /// Block of a matrix, `[outputs x inputs]`; those at the edges may be smaller.
    pub block: [u32; 2],
}

impl WeightFormat {
    /// Every format.
    pub const ALL: [Self; 6] =
        [Self::Fp32, Self::Bf16, Self::Fp8, Self::Fp8Block, Self::Mxfp4, Self::Nvfp4];

    /// What it takes.
    #[must_use]
    pub const fn traits(self) -> FormatTraits {
        const fn row(name: &'static str, element_bits: u32, scale: Option<Scale>) -> FormatTraits {
            FormatTraits { name, element_bits, scale }
        }
        const fn scale(bits: u32, outputs: u32, inputs: u32) -> Option<Scale> {
            Some(Scale { bits, block: [outputs, inputs] })
        }
        match self {
            Self::Fp32 => row("fp32", 32, None),
            Self::Bf16 => row("bf16", 16, None),
            Self::Fp8 => row("fp8", 8, None),
            Self::Fp8Block => row("fp8_block", 8, scale(32, 128, 128)),
            Self::Mxfp4 => row("mxfp4", 4, scale(8, 1, 32)),
            Self::Nvfp4 => row("nvfp4", 4, scale(8, 1, 16)),
        }
    }

    /// Bits of an operand for units that multiply weights as they are stored; none where weights need their scales first.
    #[must_use]
    pub fn operand_bits(self) -> Option<u32> {
        let FormatTraits { element_bits, scale, .. } = self.traits();
        scale.is_none().then_some(element_bits)
    }

    /// Bytes of the scales of a matrix.
    #[must_use]
    pub fn scale_bytes(self, matrix: Matrix) -> u64 {
        let Some(Scale { bits, block: [outputs, inputs] }) = self.traits().scale else { return 0 };
        let blocks = [(matrix.rows, outputs), (matrix.columns, inputs)]
            .map(|(extent, block)| u64::from(extent.div_ceil(block)));
        super::matrix::bytes(blocks[0] * blocks[1], bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_with_scales_by_hand() {
        // 130 x 70 = 9,100 weights; 2 x 1 blocks of 128 x 128; 3 blocks of 32 and 5 of 16 in each of 130 rows.
        let matrix = Matrix { rows: 130, columns: 70 };
        let cases = [
            (WeightFormat::Fp32, 36_400),
            (WeightFormat::Bf16, 18_200),
            (WeightFormat::Fp8, 9100),
            (WeightFormat::Fp8Block, 9100 + 8),
            (WeightFormat::Mxfp4, 4550 + 390),
            (WeightFormat::Nvfp4, 4550 + 650),
        ];
        for (format, bytes) in cases {
            assert_eq!(matrix.bytes(format), bytes, "{format:?}");
        }
        assert_eq!(cases.map(|(format, _)| format), WeightFormat::ALL);
    }

    #[test]
    fn formats_with_scales_are_no_operands() {
        let operands = WeightFormat::ALL.map(WeightFormat::operand_bits);
        assert_eq!(operands, [Some(32), Some(16), Some(8), None, None, None]);
    }

    #[test]
    fn names_are_those_of_files() {
        for format in WeightFormat::ALL {
            assert_eq!(ron::to_string(&format).unwrap(), format.traits().name);
        }
    }
}
