//! How experts and attention become jobs on the PIM channels of a GPU.

mod attention;
mod expert;
pub mod kv;

pub use attention::{AttentionChannels, AttentionJobs, Heads, Shape};
pub use expert::ExpertLayouts;
pub use kv::KvPlacement;
