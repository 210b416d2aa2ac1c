//! Tests of claims, of the simulators rebuilt for them, and of the `validate` command.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod book;
mod claims;
mod command;
mod newton;
mod noticed;
mod outputs;
mod peer_aim;
mod peer_aim_command;
mod peer_attacc;
mod peer_cent;
mod peer_hbm_pim;
mod peer_hbm_pim_command;
mod peer_hbm_pim_elementwise;
mod peer_newton;
mod peer_ramulator;
mod reference;
mod rh_plus_energy;
mod sources;
mod study;
