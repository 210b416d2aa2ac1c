//! Work per element: normalisation, activation functions, sums of partial results.

use crate::kernel::{Kernel, product};

/// The same few operations on each of `elements`; `bytes_per_element` counts reads and writes.
#[must_use]
pub fn elementwise(elements: u64, flops_per_element: u32, bytes_per_element: u32) -> Kernel {
    Kernel {
        flops: product([elements, flops_per_element.into()]),
        bytes: product([elements, bytes_per_element.into()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_per_element() {
        assert_eq!(elementwise(10, 3, 4), Kernel { flops: 30, bytes: 40 });
    }
}
