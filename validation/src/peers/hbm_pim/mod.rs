//! PIMSimulator's host: transactions with barriers, modes, row-hit-first scheduling.

mod controller;
mod mode;
mod refresh;
mod stream;

use pim_dram::device::Device;
use pim_dram::sequencer::Sink;

use super::{PeerError, Product};

/// Cycles of the host from the end of a read burst to its completion, and from there to the end of the run.
const COMPLETION: u64 = 2;

/// Runs a product; the cycles that the peer reports.
///
/// # Errors
/// A loop order, as the peer has no choice of it; a device without the peer's commands.
pub fn gemv(device: &Device, product: &Product, sink: &mut impl Sink) -> Result<u64, PeerError> {
    if let Some(order) = product.order {
        return Err(PeerError::Order { peer: "hbm-pim", order, known: "none to choose" });
    }
    let controller = controller::Controller::new(device, sink)?;
    // The last command is always a read of the closing round over the banks.
    let last = controller.run(stream::transactions(product));
    Ok(last.0 + device.read_latency.0 + COMPLETION)
}
