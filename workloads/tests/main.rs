//! Tests of models, routing and traces.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod common;
mod correlated;
mod decode;
mod fit;
mod formats;
mod gates;
mod golden;
mod import;
mod models;
mod numpy;
mod placement;
mod prefill;
mod sources;
mod survey;
mod traces;
