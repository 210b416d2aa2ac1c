//! The GDDR6-AiM simulator's host: a stream of instructions, unrolled into commands that one channel issues strictly in
//! order.
//!
//! What is the host's and not the device's:
//!
//! - One command a cycle, the first in cycle 1. Rows are opened and closed when the command that needs them is at the head,
//!   never ahead for a later instruction.
//! - The channel is in one of two modes, bank work and register access. When the next command of the head (a precharge or an
//!   activation where the row is not open) could issue but belongs to the other mode, TMOD issues in its place.
//! - Reading registers (RD_MAC, RD_AF) blocks the host until the data is there.
//! - A refresh that is due goes before everything else: rows are closed, and opened again for the rest of the instruction.
//! - EOC waits its turn, then for the data of earlier reads and writes. It does not wait for plain reads and writes
//!   whose row is still being opened.
//! - No capacity is checked: neither that of the global buffer nor that of a row.
//!
//! Plain reads and writes among themselves are served in the order of the stream, where the simulator takes row hits first;
//! an instruction other than EOC waits for those before it.

mod channel;
mod instruction;
pub mod instructions;
mod lower;
mod names;
mod request;
pub mod system;

use pim_dram::device::Device;
use pim_dram::order::Order;
use pim_dram::sequencer::Sink;

pub use channel::Host;
pub use instruction::Instruction;

use super::{PeerError, Product};

/// Runs a product; the cycles that the peer reports.
///
/// # Errors
/// A loop order that the peer does not have.
pub fn gemv(device: &Device, product: &Product, sink: &mut impl Sink) -> Result<u64, PeerError> {
    let order = product.order.unwrap_or(Order::NoReuse);
    let mut host = Host::new(device, sink)?;
    lower::product(device, product, order, &mut |instruction| host.run(instruction))?;
    Ok(host.end())
}

/// Runs instructions up to EOC; the cycles that the peer reports.
///
/// # Errors
/// A device without AiM's commands.
pub fn run(
    device: &Device,
    instructions: &[Instruction],
    sink: &mut impl Sink,
) -> Result<u64, PeerError> {
    let mut host = Host::new(device, sink)?;
    instructions.iter().for_each(|&instruction| host.run(instruction));
    Ok(host.end())
}
