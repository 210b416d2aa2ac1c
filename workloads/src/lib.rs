//! What is served: MoE model shapes, where their tokens are routed, and how long their contexts are.
//!
//! | you want to | look at |
//! |---|---|
//! | describe a model, or know its matrices and bytes | [`model`], `presets/models/*.ron` |
//! | take a model from a `config.json` of Hugging Face | [`model::import`] |
//! | choose a synthetic routing, draw tokens from it | [`generator`], `presets/routing/*.ron` |
//! | fit a law to published shares or to a trace | [`fit`] |
//! | route by a classic gate, with capacity, drops and auxiliary losses | [`gate`] |
//! | read or write recorded routing, whole or part by part | [`trace`] |
//! | choose lengths of contexts and prompts | [`lengths`] |
//! | run a decode batch, step by step | [`decode`] |
//! | run prompts in chunks beside it | [`prefill`] |
//! | summarise tokens per expert, or a whole trace | [`stats`] |
//! | put experts on GPUs, with replicas or without | [`placement`] |
//!
//! Invariants: everything drawn is a pure function of a `u64` seed; transcendental functions come from `libm`, so the same
//! seed gives the same bytes on every platform; only [`trace`], tables of shares ([`fit`]) and lists of [`lengths`] touch files.

mod counts;
pub mod decode;
mod findings;
pub mod fit;
pub mod gate;
pub mod generator;
pub mod lengths;
pub mod model;
pub mod placement;
pub mod prefill;
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
pub use placement::{Placement, PlacementSpec};
pub use preset::PresetError;
pub use trace::Trace;
