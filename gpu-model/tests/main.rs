//! Tests of the GPU: presets, rooflines, laws.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod common;
mod hopper;
mod laws;
mod presets;
mod roofline;
mod tables;
