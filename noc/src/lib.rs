//! Links between the GPUs of a server and the collectives that run on them.
//!
//! | you want to | look at |
//! |---|---|
//! | describe a link | [`spec`], `presets/*.ron` |
//! | say which bytes go where | [`traffic`]; for the experts of tokens, [`mod@dispatch`] |
//! | know how long they take | one module per law: [`ideal`] |
//!
//! Invariants: all GPUs hang on one non-blocking switch, so only what leaves and what enters a GPU can limit it; times are
//! integers that round up; the library neither prints nor reads a clock nor touches a file.

pub mod dispatch;
pub mod ideal;
pub mod spec;
pub mod time;
pub mod traffic;

pub use dispatch::{RouteError, dispatch};
pub use ideal::IdealLink;
pub use spec::{InvalidLink, LinkSpec, PRESETS};
pub use time::Femtos;
pub use traffic::Traffic;
