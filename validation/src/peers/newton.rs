//! NewtonSim's host, for its Newton mode (one row buffer) and its NeuPIMs mode (two, composite commands).
//!
//! Per vector and per page of inputs: copy a row of the first bank to the vector buffer (GWRITE), then for each tile of one
//! output a bank a header, and multiplications with the read of their results. Requests are served strictly in order, one
//! command a cycle. What belongs to the host and not to the device:
//!
//! - Rows of a product follow a fixed pattern (`program`).
//! - After a GWRITE the next request waits until the copy is complete.
//! - The header precharges banks, one a cycle in their order, those that are ready first; then it takes a cycle itself.
//! - A multiplication that finds banks closed has their gangs activated, the first that is ready first.
//! - Ranks are refreshed in turn, each tREFI. While a refresh is due, requests stand still on both ranks; only the banks of its
//!   own rank are closed.
//! - A GWRITE or header whose estimate does not fit before the next refresh waits until that has been issued (`estimate`).
//! - The run ends two cycles after the last result is complete.

mod commands;
mod estimate;
mod host;
mod program;

use pim_dram::device::Device;
use pim_dram::sequencer::Sink;

use self::commands::Commands;
use self::host::Host;
use self::program::Program;
use super::{PeerError, Product};

/// Cycles from the completion of the last result to the cycle in which the simulator's loop sees that all is done.
const SEEN_DONE: u64 = 2;

/// Runs a product; the cycles that the peer reports.
///
/// # Errors
/// A device without the peer's commands.
pub fn gemv(device: &Device, product: &Product, sink: &mut impl Sink) -> Result<u64, PeerError> {
    let commands = Commands::of(device)?;
    let mut host = Host::new(device, commands, sink)?;
    let mut last = 0;
    for request in Program::new(device, product, commands.composite.is_some()).requests() {
        last = host.serve(request);
    }
    Ok(last + device.read_latency.0 + SEEN_DONE)
}
