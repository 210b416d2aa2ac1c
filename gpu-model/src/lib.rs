//! Kernels of a transformer layer and the time a GPU takes for them.
//!
//! | you want to | look at |
//! |---|---|
//! | describe a GPU | [`spec`], `presets/*.ron` |
//! | count what a kernel computes and moves | [`kernel`]; [`gemm`], [`attention`], [`mla`], [`delta_net`], [`mod@elementwise`] |
//! | launch a kernel | [`launch`] |
//! | know how long it takes | one module per law: [`law::roofline`], [`law::calibrated`], `presets/laws/*.ron` |
//! | fit a law to measurements | [`calibrate`] |
//!
//! Invariants: a kernel knows no GPU and a law knows of a kernel what its launch says; counts and times are integers that round up and
//! stop at their type's maximum instead of wrapping; the library neither prints nor reads a clock nor touches a file.

pub mod attention;
pub mod calibrate;
pub mod delta_net;
pub mod elementwise;
pub mod gemm;
pub mod kernel;
pub mod launch;
pub mod law;
pub mod mla;
pub mod spec;
pub mod time;

pub use attention::{AttentionShape, PromptChunk, Reach, decode_attention, prefill_attention};
pub use delta_net::{DeltaNetShape, gated_delta_net, prefill_delta_net};
pub use elementwise::elementwise;
pub use gemm::{dense_gemm, grouped_gemm};
pub use kernel::{Activations, Kernel};
pub use launch::{Kind, Launch};
pub use law::{Calibrated, CalibratedSpec, InvalidLaw, KernelLaw, Law, Roofline, Terms};
pub use mla::{LatentShape, decode_latent, prefill_latent};
pub use spec::{GpuEnergySpec, GpuSpec, InvalidGpu, PRESETS};
pub use time::Femtos;
