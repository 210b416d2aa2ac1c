//! Where the joules of a replay go.
//!
//! What a command draws and what a draw costs are data of `pim-dram`, what a GPU and a link draw data of their presets.
//!
//! | component | is |
//! |---|---|
//! | `gpu` | arithmetic of all kernels, bytes of HBM on their way to the registers, static power over the time of the step |
//! | `hbm` | host reads as simulated, refresh, background power over the time of the step |
//! | `pim_attention`, `pim_experts` | every job's own commands: rows, cells, units, broadcast, vectors in and results out |
//! | `links` | bytes from GPU to GPU |
//!
//! Work of the units is priced job by job rather than read off the simulated channels: those are all given the jobs of the most
//! loaded one, so that their time is right and their commands are too many.

mod account;
mod jobs;
mod meter;

pub use account::{Draws, Energy, Part};
pub use jobs::{JobPrices, without_refresh};
pub use meter::Meter;
