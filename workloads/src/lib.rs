//! What is served: MoE model shapes, where their tokens are routed, and how long their contexts are.
//!
//! | you want to | look at |
//! |---|---|
//! | describe a model, or know its matrices and bytes | [`model`], `presets/models/*.ron` |
//! | choose a synthetic routing, draw tokens from it | [`generator`], `presets/routing/*.ron` |
//! | read or write recorded routing, whole or part by part | [`trace`] |
//! | choose context lengths | [`lengths`] |
//! | run a decode batch, step by step | [`decode`] |
//! | summarise tokens per expert, or a whole trace | [`stats`] |
//!
//! Invariants: everything drawn is a pure function of a `u64` seed; transcendental functions come from `libm`, so the same
//! seed gives the same bytes on every platform; only [`trace`] touches files.

mod counts;
pub mod decode;
mod findings;
pub mod generator;
pub mod lengths;
pub mod model;
mod preset;
mod rng;
pub mod stats;
pub mod trace;
mod variates;

pub use decode::{Decode, RoutingSource, Step};
pub use findings::{Finding, Findings};
pub use generator::GeneratorSpec;
pub use lengths::KvLengths;
pub use model::ModelSpec;
pub use preset::PresetError;
pub use trace::Trace;
