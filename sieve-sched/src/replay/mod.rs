//! Replay of decode steps: the graph of a step, the scheduler that runs it, and what is counted on the way.

pub mod batch;
mod experts;
pub mod graph;
pub mod kernels;
pub mod list;
pub mod plan;
pub mod point;
mod rig;
pub mod step;
mod traffic;
mod waits;
