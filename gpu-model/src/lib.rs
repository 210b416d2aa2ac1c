//! Ideal time of a GPU's kernels: what they compute and move ([`kernel`]), and how long a GPU takes over it ([`Roofline`]).
//!
//! Measured laws will stand beside [`roofline`]; kernels know nothing of laws.

pub mod kernel;
pub mod roofline;
pub mod spec;

pub use kernel::Kernel;
pub use roofline::Roofline;
pub use spec::{GpuSpec, PRESETS};

/// Femtoseconds, the one time type between crates.
pub type Femtos = fugit::Duration<u64, 1, 1_000_000_000_000_000>;
