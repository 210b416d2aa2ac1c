//! What the paper claims of Sieve (R1 to R9), as data, and what replays say to it.
//!
//! [`Claim::shipped`] reads `presets/claims.ron`; [`Settings`] replays a model as the claims are judged and beside it as they
//! are not; [`evaluate`] compares. A saved [`Measured`] gives the same verdicts, and [`check`] says whether
//! replays still show it.

mod check;
mod claim;
mod columns;
mod convergence;
mod expert;
mod measured;
mod mixed;
mod page;
mod quantity;
mod saved;
mod setting;
mod table;
mod target;
mod verdict;
mod view;
mod winner;

pub use check::check;
pub use claim::{Against, Among, At, Claim, Quantity, Row};
pub use columns::COLUMNS;
pub use convergence::{Convergence, Iterations};
pub use expert::Expert;
pub use measured::{Conditions, Measured, MeasuredModel, MeasuredPoint};
pub use mixed::{Mixed, Prompts};
pub use page::page;
pub use saved::{FILE, SavedError};
pub use setting::{Setting, Settings};
pub use table::table;
pub use target::{Span, Target};
pub use verdict::{Outcome, Verdict, evaluate};
