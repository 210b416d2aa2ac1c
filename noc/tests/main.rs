//! Tests of the links: presets, collectives, laws.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod collectives;
mod law;
mod measured;
mod presets;
