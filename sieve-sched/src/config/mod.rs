//! Configuration: presets or files by name, overrides by path, one error type for all that can be wrong with them.

mod check;
mod error;
mod grid;
mod load;
mod set;
mod spec;
mod value;

pub use error::ConfigError;
pub use grid::combinations;
pub use load::{load, load_device};
pub use set::{Assignment, apply, settle};
pub use spec::{
    Config, GpuLaw, Minibatches, Routing, RunSpec, RuntimeSpec, SYSTEMS, System, SystemSpec,
};
