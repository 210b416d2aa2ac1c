//! The ideal law: the longer of memory time and compute time at peak rates (arXiv 2605.11277 section 5).

use crate::kernel::Kernel;
use crate::spec::GpuSpec;
use crate::Femtos;

/// Peak rates of a GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roofline {
    flops_per_s: u64,
    bytes_per_s: u64,
}

impl Roofline {
    /// The roofline of a GPU.
    #[must_use]
    pub fn new(gpu: &GpuSpec) -> Self {
        Self { flops_per_s: gpu.peak_flops_per_s, bytes_per_s: gpu.hbm_bytes_per_s }
    }

    /// Time to move bytes between HBM and the GPU.
    #[must_use]
    pub fn memory_time(&self, bytes: u64) -> Femtos {
        at_rate(bytes, self.bytes_per_s)
    }

    /// Time to compute.
    #[must_use]
    pub fn compute_time(&self, flops: u64) -> Femtos {
        at_rate(flops, self.flops_per_s)
    }

    /// Time of a kernel that overlaps both.
    #[must_use]
    pub fn time(&self, kernel: Kernel) -> Femtos {
        self.memory_time(kernel.bytes).max(self.compute_time(kernel.flops))
    }
}

/// An amount at a rate per second, rounded up. [`GpuSpec::check`] keeps rates above zero.
fn at_rate(amount: u64, per_s: u64) -> Femtos {
    let fs = (u128::from(amount) * 1_000_000_000_000_000).div_ceil(u128::from(per_s.max(1)));
    Femtos::from_ticks(u64::try_from(fs).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::grouped_gemm;

    fn b200() -> Roofline {
        Roofline::new(&ron::from_str(crate::PRESETS[0].1).unwrap())
    }

    #[test]
    fn the_experts_of_a_qwen3_layer_take_64_us() {
        // 54.2 of 128 experts of 3 x 2048 x 768 bf16, the published 64 us ideal at B = 64.
        let kernel = grouped_gemm(&[9; 54], 2048, 768, 16);
        let us = b200().time(kernel).as_ticks() as f64 / 1e9;
        assert!((us - 64.0).abs() < 1.0, "{us}");
        assert_eq!(b200().time(kernel), b200().memory_time(kernel.bytes));
    }

    proptest! {
        #[test]
        fn time_rounds_up_and_never_falls(a in 0_u64..1 << 50, b in 0_u64..1 << 50) {
            let law = b200();
            let (ta, tb, sum) = (law.memory_time(a), law.memory_time(b), law.memory_time(a + b));
            prop_assert!(sum >= ta.max(tb));
            prop_assert!(sum <= ta + tb && ta + tb <= sum + Femtos::from_ticks(1));
            prop_assert_eq!(law.memory_time(8_000_000_000_000), Femtos::from_ticks(1_000_000_000_000_000));
        }
    }
}
