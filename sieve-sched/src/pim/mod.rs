//! The PIM side of a GPU: its channels, and how experts and attention become jobs on them.

mod attention;
mod expert;
mod server;

pub use attention::{AttentionJobs, Heads, KvPlacement};
pub use expert::ExpertLayouts;
pub use server::{Server, Work};
