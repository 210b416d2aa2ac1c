//! Outcomes for people and for other programs.

mod balance;
mod json;
mod laws;
mod newton;
mod optimality;
mod page;
mod quirks;
mod sensitivity;
mod table;
mod text;
mod traffic;

pub use balance::balance;
pub use json::json;
pub use laws::laws;
pub use newton::Newton;
pub use optimality::optimality;
pub use page::page;
pub use quirks::quirks;
pub use sensitivity::sensitivity;
pub use table::table;
pub use traffic::{traffic, traffic_json};
