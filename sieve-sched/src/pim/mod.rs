//! How experts and attention become jobs on the PIM channels of a GPU.

mod attention;
mod expert;

pub use attention::{AttentionJobs, Heads, KvPlacement};
pub use expert::ExpertLayouts;
