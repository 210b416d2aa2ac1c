//! Simulated time.

/// Femtoseconds, the one time type between crates.
pub type Femtos = fugit::Duration<u64, 1, 1_000_000_000_000_000>;
