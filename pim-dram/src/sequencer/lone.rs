//! What a [`Mix`] does while units or host have the channel to themselves, so that it can be looked up.

use smallvec::SmallVec;

use super::{End, Mix, Sequencer, Sink};
use crate::device::Device;
use crate::memo::Stretch;
use crate::pass::Pass;
use crate::time::Ticks;

impl<'d> Mix<'d> {
    pub(crate) fn device(&self) -> &'d Device {
        self.sequencer.device
    }

    pub(crate) fn sequencer(&self) -> &Sequencer<'d> {
        &self.sequencer
    }

    /// Tick of the last command.
    pub(crate) fn now(&self) -> Ticks {
        self.sequencer.now
    }

    /// The channel has come to a tick, by steps that were looked up.
    pub(crate) fn stand(&mut self, now: Ticks) {
        self.sequencer.now = now;
    }

    /// Goes on from where steps that were looked up have led.
    pub(crate) fn resume(&mut self, sequencer: Sequencer<'d>) {
        self.sequencer = sequencer;
        self.sequencer.look_host(&mut self.host);
    }

    /// The next pass and when it begins, if the host has no part in it.
    pub(crate) fn lone_pass(&self) -> Option<(Pass, Ticks)> {
        let &(pass, _) = self.passes.front().filter(|_| self.running.is_none())?;
        let start = self.start()?;
        let alone = self.host.left() == 0
            || start <= self.sequencer.now
                && (self.in_mode || self.sequencer.shares_rows(&self.host));
        alone.then_some((pass, start))
    }

    /// The next pass has ended.
    pub(crate) fn passed(&mut self, end: End) {
        if let Some(pass) = self.take_pass() {
            self.ended(pass.last, end);
        }
    }

    /// When the host reads next and until when it has the channel to itself, if that is long enough for a round and comes before
    /// tick `until`.
    pub(crate) fn lone_stretch(&self, until: Ticks) -> Option<(Ticks, Ticks)> {
        let granted = self.grant > 0 && !self.passes.is_empty();
        if self.running.is_some() || self.in_mode || self.host.left() == 0 || granted {
            return None;
        }
        let from = self.host.from.max(self.sequencer.now);
        let until = self.start().map_or(until, |start| until.min(start));
        (from.0.saturating_add(self.host.round()) < until.0).then_some((from, until))
    }

    /// What a stretch of the stream depends on beside the state of the channel.
    pub(crate) fn place(&self) -> Stretch {
        self.host.place()
    }

    /// A stretch of the stream from where another channel stands: that one then, and the bursts by pseudo-channel.
    pub(crate) fn stretched(
        &self,
        sequencer: Sequencer<'d>,
        sink: &mut impl Sink,
    ) -> (Sequencer<'d>, SmallVec<[u32; 2]>) {
        let mut host = self.host.clone();
        host.from = Ticks(0);
        let mut alone = Self::without_passes(sequencer, host, self.arbitration);
        alone.sequencer.look_host(&mut alone.host);
        let goal = self.host.gone() + alone.host.stretch();
        while alone.host.left() > 0 && alone.host.gone() < goal {
            if !alone.begin(Ticks(u64::MAX), sink) {
                break;
            }
        }
        let bursts = alone.host.since(&self.host);
        (alone.sequencer, bursts)
    }

    /// The host has read so many bursts of each pseudo-channel, the last on tick `last`.
    pub(crate) fn moved(&mut self, bursts: &[u32], last: Ticks) {
        self.host.skip(bursts, last);
    }

    /// Where the next stream begins, as far as banks and rows go.
    pub(crate) fn next_place(&self) -> u64 {
        self.host.next_place()
    }
}
