//! Replay of decode steps: the graph of a step, the scheduler that runs it, and what is counted on the way.

pub mod graph;
pub mod list;
