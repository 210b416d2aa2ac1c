//! The stream that the peer holds its kernels against: its host moves the same data, without units.
//!
//! Facts restated from PIMSimulator@b464dde: consecutive bursts of a pseudo-channel lie in the banks of one group, then in the
//! other groups, then in the next column; all reads of a phase are there from its start, and a phase begins when the one before
//! has ended.

use pim_dram::Ticks;
use pim_dram::device::Device;
use pim_dram::sequencer::Sink;

use super::COMPLETION;
use super::controller::Controller;
use super::stream::{COLUMNS, GROUPS, Transaction};
use crate::peers::PeerError;

/// Cycles from the end of the last write's burst to the end of the phase: nobody reports it.
const WRITTEN: u64 = 1;

/// So many consecutive bursts of a pseudo-channel, after those of the phase before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// They are read.
    Read(u64),
    /// They are written.
    Write(u64),
}

/// Moves data in phases; the cycles that the peer reports.
///
/// # Errors
/// A device without the peer's commands.
pub fn host(device: &Device, phases: &[Phase], sink: &mut impl Sink) -> Result<u64, PeerError> {
    let mut controller = Controller::new(device, sink)?;
    let written = ["tCWL", "nBL"].iter().filter_map(|name| device.spec.timing.get(*name));
    let written: u64 = written.map(|&delay| device.ticks(delay).0).sum();
    let (mut first, mut end) = (0, Ticks(0));
    for &phase in phases {
        let (write, bursts, latency) = match phase {
            Phase::Read(bursts) => (false, bursts, device.read_latency.0 + COMPLETION),
            Phase::Write(bursts) => (true, bursts, written + WRITTEN),
        };
        let last = controller.run((first..first + bursts).map(|at| burst(write, at)));
        end = last + Ticks(latency);
        controller.idle(end);
        first += bursts;
    }
    Ok(end.0)
}

/// The `at`-th burst of a pseudo-channel.
fn burst(write: bool, at: u64) -> Transaction {
    let groups = u64::from(GROUPS);
    let (bank, group) = (at % groups, at / groups % groups);
    let at = at / (groups * groups);
    // Data of a kernel take a small part of the rows.
    let row = u32::try_from(at / COLUMNS).unwrap_or(u32::MAX);
    let bank = (groups * group + bank) as u32;
    Transaction { write, bank, row, column: (at % COLUMNS) as u32, barrier: false }
}
