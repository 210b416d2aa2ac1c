//! What the two engines have in common: requests in, ticks on, commands out.

use super::access::Access;
use super::record::Record;
use super::setup::ControllerError;
use crate::sequencer::Sink;

/// A controller of one channel. Each tick the host first offers requests, then the controller acts.
pub trait Engine {
    /// Whether it would take a request now.
    fn accepts(&self, access: &Access) -> bool;

    /// Takes the `id`-th request on tick `now`, which [`Engine::accepts`] allowed.
    fn accept(&mut self, access: Access, id: u32, now: u64);

    /// Acts on tick `now`: at most one command on each command bus. Returns the next tick on which it may act if nothing
    /// arrives, above `now`; the end of time if none.
    ///
    /// # Errors
    /// More refreshes than it can hold.
    fn tick(&mut self, now: u64, sink: &mut impl Sink) -> Result<u64, ControllerError>;

    /// When nothing has happened to any request for so many ticks, nothing ever will.
    fn patience(&self) -> u64;

    /// The number of a tick in its reports.
    fn label(&self, now: u64) -> u64;

    /// What became of the requests so far.
    fn record(&self) -> &Record;

    /// Ends the run.
    fn into_record(self) -> Record;
}
