//! Configuration: presets or files by name, overrides by path, one error type for all that can be wrong with them.

mod check;
mod defaults;
mod error;
mod grid;
pub mod laws;
mod load;
mod set;
mod spec;
mod value;

pub use defaults::RUNTIME;
pub use error::ConfigError;
pub use grid::combinations;
pub use laws::GpuLaw;
pub use load::{load, load_device, parse, text_of};
pub use set::{Assignment, apply, paths, settle};
pub use spec::{
    Config, ExpertChannels, Minibatches, Routing, RunSpec, RuntimeSpec, SYSTEMS, System, SystemSpec,
};
pub(crate) use value::parse as parse_value;
