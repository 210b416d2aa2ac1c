//! What one unit does with a burst.
//!
//! Sums are made in f32 and then rounded to the unit's format. For two operands of one 16-bit format that is the correctly
//! rounded sum: f32 has at least twice their significant bits and two more. Where tree and accumulator differ, a sum may be
//! rounded twice, first to f32.

use super::Arithmetic;

impl Arithmetic {
    /// One product, in the format of the tree.
    ///
    /// The product of two fp16 values (2 x 11 significant bits, 2^-48 to 2^32) is exact in f32; that of two bf16 values (2 x 8
    /// bits) is as long as it is finite and not below 2^-126, where f32 may have to round it.
    #[must_use]
    pub fn multiply(self, weight: f32, element: f32) -> f32 {
        self.tree.round(weight * element)
    }

    /// The sum of one product a lane: neighbours are added level by level, each sum rounded to the format of the tree. The
    /// last lane of an odd level goes on to the next as it is.
    #[must_use]
    pub fn sum(self, products: &mut [f32]) -> f32 {
        let mut width = products.len();
        while width > 1 {
            for pair in 0..width / 2 {
                products[pair] = self.tree.round(products[2 * pair] + products[2 * pair + 1]);
            }
            if width % 2 == 1 {
                products[width / 2] = products[width - 1];
            }
            width = width.div_ceil(2);
        }
        products.first().copied().unwrap_or(0.0)
    }

    /// The accumulator after one more sum of the tree.
    #[must_use]
    pub fn accumulate(self, accumulator: f32, sum: f32) -> f32 {
        self.accumulate.round(accumulator + sum)
    }

    /// An accumulator as it is read out in `result_bytes`: as it is where it fits, otherwise in the format of the elements.
    #[must_use]
    pub fn read_out(self, accumulator: f32, result_bytes: u32) -> f32 {
        if self.accumulate.bytes() <= result_bytes {
            accumulator
        } else {
            self.element.round(accumulator)
        }
    }
}
