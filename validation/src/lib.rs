//! Published claims as data, compared with what the model gives.
//!
//! | you want to | look at |
//! |---|---|
//! | add a claim | `claims/*.ron`, [`claim`] |
//! | see where the claims on Sieve come from | [`imported`](mod@imported) |
//! | measure something new | [`measure`], one file each kind |
//! | transcribe another simulator's results | [`golden`], `golden/*.csv` |
//! | compare a table row by row | [`rows`] |
//! | know when a claim holds | [`verdict`] |
//! | run claims | [`run`](mod@run), [`mod@select`]; the command `validate` |
//! | run them on another device | [`presets`] |
//! | change what is printed | [`report`] |
//! | have the checker see random products on every device | [`mod@audit`] |
//! | know what another simulator's deviations are worth | [`quirks`] |
//! | know what routing and the laws of GPU and links are worth | [`laws`] |
//! | know what every other uncertain parameter is worth | [`sensitivity`], `studies/sensitivity.ron` |
//! | know what placements of experts change | [`balance`] |
//! | know what each part of Sieve+ gains | [`parts`] |
//! | know how far Sieve is from the best partition | [`optimality`] |
//! | keep the results of slow replays | [`study`] |
//! | know what products and a stream of the host cost each other | [`traffic`] |
//! | compare the units of Duplex | [`duplex`], `systems/duplex.ron` |
//! | repeat Newton's own experiment | [`newton`], `studies/newton.ron` |
//! | run another simulator's product on our engine | [`peers`], one file each |
//! | change the reference pages of the book | doc comments; [`reference`](mod@reference) makes the pages |
//!
//! A claim is enforced, or a known gap that is asserted to be still there, or a band that is only reported, or about a part that
//! is not modelled. The first two fail the command; a gap that closes has to be written down as closed.

pub mod audit;
pub mod balance;
pub mod cent;
pub mod claim;
pub mod duplex;
pub mod golden;
pub mod imported;
pub mod laws;
pub mod measure;
pub mod newton;
pub mod optimality;
pub mod parts;
pub mod peers;
pub mod presets;
pub mod quirks;
pub mod reference;
pub mod report;
pub mod rows;
pub mod run;
pub mod select;
pub mod sensitivity;
pub mod study;
pub mod traffic;
pub mod verdict;

pub use claim::Claim;
pub use run::{Outcome, run};
pub use select::select;
pub use verdict::Verdict;
