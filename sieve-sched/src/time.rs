//! Simulated time between crates.

/// Femtoseconds.
pub type Femtos = fugit::Duration<u64, 1, 1_000_000_000_000_000>;

/// No time.
pub const ZERO: Femtos = Femtos::from_ticks(0);

/// A time in microseconds, for people and files.
#[must_use]
pub fn micros(time: Femtos) -> f64 {
    time.as_ticks() as f64 / 1e9
}

/// A time in seconds.
#[must_use]
pub fn seconds(time: Femtos) -> f64 {
    time.as_ticks() as f64 / 1e15
}
