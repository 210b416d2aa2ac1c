//! MoE model shapes, routing traces and generators, request lengths.
//!
//! | you want to | look at |
//! |---|---|
//! | describe a model | [`model`], `presets/models/*.ron` |
//! | draw routing | [`generator`], `presets/routing/*.ron` |
//! | read or write a routing trace | [`trace`]; other formats: `import` |
//! | draw request lengths | [`lengths`] |
//! | run a decode batch | [`decode`] |
//! | describe token counts | [`stats`] |
//!
//! Only [`trace`] touches files.

pub mod decode;
pub mod generator;
mod import;
pub mod lengths;
pub mod model;
pub mod stats;
pub mod trace;

pub use decode::{Decode, Source, Step};
pub use generator::GeneratorSpec;
pub use lengths::KvLengths;
pub use model::{Attention, ModelSpec};
pub use trace::Trace;
