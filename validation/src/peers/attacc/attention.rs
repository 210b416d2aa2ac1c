//! Attention of one new token over its cache, the peer's own kernel: heads are dealt to channels, one a channel and round, and
//! rounds run in pairs, so that one round's vectors and softmax hide behind the other's multiplications.
//!
//! What the peer's generators (attacc_simulator@c600051, as its table of results was made) do in their own way:
//! - The first pair starts with one multiply-accumulate of its first keys before the first barrier.
//! - What is spread over the groups of the other round is cut into equal whole shares; the rest is never sent.
//! - The second context product of a pair is that of its first round again.
//! - A last round without partner moves softmax and probabilities, with a barrier, after each group of scores and once more.

use pim_dram::device::Device;
use pim_dram::sequencer::Sink;

use super::controller::Controller;
pub use super::controller::Revision;
use super::host;
use super::plan::Plan;
use super::request::Commands;
pub use super::request::Unit;
use super::schedule::Schedule;
use crate::peers::PeerError;

/// One attention step of many heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attention {
    /// Where vectors are multiplied.
    pub unit: Unit,
    /// Heads of all sequences, one key and value cache each.
    pub heads: u32,
    /// Tokens in each cache.
    pub length: u32,
    /// Elements of a head.
    pub head_elements: u32,
    /// Bytes of an element, 1 or 2.
    pub element_bytes: u32,
}

/// Runs attention on all channels of a device; the cycles that the peer reports. `sink` sees the first channel.
///
/// # Errors
/// A device of another family.
pub fn run(
    device: &Device,
    attention: &Attention,
    revision: Revision,
    sink: &mut impl Sink,
) -> Result<u64, PeerError> {
    let commands = Commands::of(device, attention.unit)?;
    let plan = Plan::new(device, commands, attention);
    let schedule = Schedule::new(attention.heads, device.spec.geometry.channels, plan);
    let mut channels: Vec<_> =
        (0..schedule.distinct()).map(|_| Controller::new(device, commands, revision)).collect();
    Ok(host::run(&mut channels, schedule.requests(), sink))
}
