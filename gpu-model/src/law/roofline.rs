//! The roofline law: a kernel takes the longer of its memory time and its compute time, both at peak rate.
//!
//! Source: arXiv 2605.11277 section 5, `T_GPU = max(T_offchip, T_comp)`.

use crate::kernel::Kernel;
use crate::law::Terms;
use crate::spec::{GpuSpec, InvalidGpu};
use crate::time::{Femtos, at_rate};

/// The roofline of a GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roofline {
    /// Above 0, as checked.
    flops_per_s: u64,
    /// Above 0, as checked.
    bytes_per_s: u64,
}

impl Roofline {
    /// The roofline of a GPU at its peak rates.
    ///
    /// # Errors
    /// Those of [`GpuSpec::check`].
    pub fn new(gpu: &GpuSpec) -> Result<Self, InvalidGpu> {
        gpu.check()?;
        Ok(Self { flops_per_s: gpu.peak_flops_per_s, bytes_per_s: gpu.hbm_bytes_per_s })
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

    /// Time of a kernel: the longer of the two.
    #[must_use]
    pub fn time(&self, kernel: Kernel) -> Femtos {
        self.memory_time(kernel.bytes).max(self.compute_time(kernel.flops))
    }
    /// The parts of the time of a kernel.
    #[must_use]
    pub fn terms(&self, kernel: Kernel) -> Terms {
        Terms {
            memory: self.memory_time(kernel.bytes),
            compute: self.compute_time(kernel.flops),
            ..Terms::ZERO
        }
    }
}
