//! Outcomes for people and for other programs.

mod balance;
mod json;
mod laws;
mod newton;
mod optimality;
mod page;
mod parts;
mod plot;
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
pub use parts::parts;
pub use quirks::{quirks, quirks_table};
pub use sensitivity::sensitivity;
pub use table::table;
pub use traffic::{traffic, traffic_json};

use sieve_sched::chart::Svg;

/// A page of the documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Markdown.
    pub text: String,
    /// Its figures, by the name of their files without extension.
    pub figures: Vec<(String, Svg)>,
}
