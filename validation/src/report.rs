//! Outcomes for people and for other programs.

mod json;
mod laws;
mod page;
mod quirks;
mod table;
mod text;
mod traffic;

pub use json::json;
pub use laws::{laws, laws_json};
pub use page::page;
pub use quirks::quirks;
pub use table::table;
pub use traffic::{traffic, traffic_json};
