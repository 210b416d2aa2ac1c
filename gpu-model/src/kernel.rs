//! What a kernel computes and what it moves between HBM and the GPU.

use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// The work of one kernel, or of several together. Sums stop at `u64::MAX`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Kernel {
    /// Floating-point operations; a multiply-add is two.
    pub flops: u64,
    /// Bytes read from and written to HBM.
    pub bytes: u64,
}

impl Add for Kernel {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            flops: self.flops.saturating_add(other.flops),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

impl AddAssign for Kernel {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Kernel {
    fn sum<I: Iterator<Item = Self>>(kernels: I) -> Self {
        kernels.fold(Self::default(), Add::add)
    }
}

/// Where a kernel finds its activations and leaves them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activations {
    /// On chip, handed from kernel to kernel: none of their bytes cross HBM. Fits decode, where the activations of a layer
    /// (tokens x hidden size) are a few MB at most.
    OnChip,
    /// In HBM: each is read, or written, once.
    InHbm {
        /// Bytes of an activation.
        element_bytes: u32,
    },
}

impl Activations {
    /// Bytes that cross HBM for so many activations.
    pub(crate) fn bytes(self, elements: u64) -> u64 {
        match self {
            Self::OnChip => 0,
            Self::InHbm { element_bytes } => product([elements, element_bytes.into()]),
        }
    }
}

/// Product that stops at `u64::MAX`.
pub(crate) fn product<const N: usize>(factors: [u64; N]) -> u64 {
    factors.into_iter().fold(1, u64::saturating_mul)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_stop_at_the_maximum() {
        let most = Kernel { flops: u64::MAX, bytes: 1 };
        let sum: Kernel = [most, Kernel { flops: 1, bytes: 2 }].into_iter().sum();
        assert_eq!(sum, Kernel { flops: u64::MAX, bytes: 3 });
        assert_eq!(product([u64::MAX, 2, 3]), u64::MAX);
        assert_eq!(product([u64::MAX, 2, 0]), 0);
    }
}
