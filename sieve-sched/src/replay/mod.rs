//! Replay of steps: the graph of a step, the scheduler that runs it, and what is counted on the way.

mod ahead;
mod attend;
pub mod attentions;
pub mod batch;
pub mod bound;
mod course;
pub mod decisions;
pub mod execution;
mod experts;
pub mod graph;
pub mod kernels;
pub mod list;
pub mod notes;
pub mod oracle;
mod placing;
pub mod plan;
pub mod point;
mod popular;
mod prefill;
pub mod record;
mod rig;
mod seen;
mod sides;
pub mod step;
mod traffic;
mod tune;
mod waits;
