//! Links between the GPUs of a server and the collectives that run on them.
//!
//! | you want to | look at |
//! |---|---|
//! | describe a link | [`spec`], `presets/*.ron` |
//! | say which bytes go where | [`traffic`]; for the experts of tokens, [`mod@dispatch`]; over which level, [`topology`] |
//! | know how long they take | [`law`], after the paper ([`ideal`]) or [`measured`], `presets/collectives/*.ron` |
//! | make a law of your own measurements | [`measured::read`], [`measured::fit`] |
//!
//! Invariants: the GPUs of a domain hang on one non-blocking switch, and so do their network cards, so only what leaves and what
//! enters a GPU can limit it; times are integers that round up; the library neither prints nor reads a clock nor opens a file.

pub mod dispatch;
pub mod ideal;
pub mod law;
pub mod measured;
pub mod spec;
pub mod time;
pub mod topology;
pub mod traffic;

pub use dispatch::{Copies, RouteError, dispatch};
pub use ideal::IdealLink;
pub use law::{Law, LawError, LawSpec};
pub use measured::{Collectives, MoeExchange, MoeShape};
pub use spec::{BetweenDomains, InvalidLink, LinkSpec, PRESETS};
pub use time::Femtos;
pub use traffic::Traffic;
