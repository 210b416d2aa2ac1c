//! AttAcc's host: one stream of requests for all channels, a buffer of requests at each channel, barriers, two command slots
//! a cycle.
//!
//! What it does in its own way (order and pace; values and rules are deviations of the device):
//! - The first cycle is 1, and the last command ends the run: nothing drains, no result is waited for.
//! - Requests enter in the order of the stream until one finds its channel's buffer full; the others then wait too.
//! - A barrier keeps what follows it back, but not the precharges and activations that what follows needs.
//! - The oldest request that is ready goes first, column or row; a second command goes in the same cycle if it is of the
//!   other kind and its request would be the first choice by then.
//! - No request but the oldest may precharge, or move data at, a bank whose open row another one in the buffer wants.
//! - A refresh stops all row commands of requests, but waits as long as their column commands keep the row open.
//! - There is no barrier between the results of 16 outputs and the multiply-accumulates that follow.

pub mod attention;
mod controller;
mod gemv;
mod host;
mod plan;
mod request;
mod schedule;

use pim_dram::device::Device;
use pim_dram::sequencer::Sink;

use self::controller::{Controller, Revision};
use self::request::{Commands, Unit};
use super::{PeerError, Product};

/// Runs a product at the banks; the cycles that the peer reports. All of its channels do the same.
///
/// # Errors
/// A device of another family.
pub fn gemv(device: &Device, product: &Product, sink: &mut impl Sink) -> Result<u64, PeerError> {
    let commands = Commands::of(device, Unit::Bank)?;
    let mut channels = [Controller::new(device, commands, Revision::C600051)];
    let stream = gemv::requests(device, &commands, product).map(|request| (0, request));
    Ok(host::run(&mut channels, stream, sink))
}
