//! Links between GPUs and the collectives that run on them.
//!
//! [`LinkSpec`] is the ideal law of a link; measured laws will stand beside it. [`collective`] says what each GPU sends and
//! receives, never how long that takes.

pub mod collective;
pub mod spec;

pub use collective::Traffic;
pub use spec::{LinkSpec, PRESETS};

/// Femtoseconds, the one time type between crates.
pub type Femtos = fugit::Duration<u64, 1, 1_000_000_000_000_000>;
