//! PIMSimulator's host: transactions with barriers, modes, row-hit-first scheduling. Channels are pseudo-channels.
//!
//! What is its own, beyond the device's rules:
//!
//! - Outputs are padded to 64 a pseudo-channel, inputs to 128; weights are read again for every vector; results are stored to
//!   a bank and neither read nor added up.
//! - In all-bank mode a command to bank 0 stands for all even banks, one to bank 1 for all odd ones: an activation of eight
//!   banks counts as one. Switching modes costs what its writes to set-aside rows cost.
//! - Commands come out of a queue of 64, filled by one transaction a cycle, at most one a cycle of either bus. Tried in turn:
//!   refresh, the oldest row hit, the oldest activation, the precharge of a row that nobody waits for (unused banks too). A
//!   barrier stops hits behind it, and only lets activations past when it is the oldest.
//! - Elements are padded to eight bursts of every bank; operands and results stay in the banks.
//! - An entry would wait for an older one to the same burst; between two barriers of these kernels no burst comes twice, so
//!   that nothing has to be kept for it.
//! - A refresh that is due closes the rows and lets other commands go on meanwhile, so that rows may open again before it
//!   finds all of them closed; if it still waits when the next one falls due it is lost. There is a second rank, without PIM
//!   units and always idle, that the device leaves out: its refresh costs a command slot, half an interval after the first
//!   rank's.
//! - The run ends one cycle after the last read is reported, which is one cycle after its burst.

mod controller;
mod elementwise;
mod host;
mod mode;
mod refresh;
mod stream;

use pim_dram::device::Device;
use pim_dram::sequencer::Sink;

pub use self::elementwise::Kernel;
pub use self::host::{Phase, host};
use super::{PeerError, Product};

/// Cycles from the end of the last read's burst to the end of the run: to its report, and one more. A write is not reported.
const COMPLETION: u64 = 2;

/// Runs a product; the cycles that the peer reports.
///
/// # Errors
/// A device without the peer's commands.
pub fn gemv(device: &Device, product: &Product, sink: &mut impl Sink) -> Result<u64, PeerError> {
    run(device, stream::transactions(product), sink)
}

/// Runs an elementwise kernel on vectors of so many elements over `channels` pseudo-channels; the cycles that the peer reports.
///
/// # Errors
/// A device without the peer's commands, vectors too long for the rows set aside for them.
pub fn elementwise(
    device: &Device,
    kernel: Kernel,
    elements: u64,
    channels: u32,
    sink: &mut impl Sink,
) -> Result<u64, PeerError> {
    run(device, elementwise::transactions(kernel, elements, channels)?, sink)
}

fn run(
    device: &Device,
    transactions: impl Iterator<Item = stream::Transaction>,
    sink: &mut impl Sink,
) -> Result<u64, PeerError> {
    let mut controller = controller::Controller::new(device, sink)?;
    // The last command is always a read of the closing round over the banks.
    let last = controller.run(transactions);
    Ok(last.0 + device.read_latency.0 + COMPLETION)
}
