//! Replay of decode steps: the graph of a step, the scheduler that runs it, and what is counted on the way.

pub mod batch;
pub mod graph;
pub mod kernels;
pub mod layer;
pub mod list;
pub mod plan;
pub mod point;
