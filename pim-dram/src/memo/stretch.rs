//! Stretches of a host's stream as steps.

use smallvec::SmallVec;

use super::{Cursor, Memo, Step, Task};
use crate::sequencer::{End, Mix};
use crate::tally::Watch;

/// What a stretch depends on beside the state of the channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stretch {
    /// Burst of the stream that the last of its pseudo-channels has come to, as far as banks and rows go.
    pub(crate) place: u64,
    /// Per pseudo-channel: how far it is ahead of that, and what is left to it as far as a stretch can see.
    pub(crate) flows: SmallVec<[(u64, u64); 2]>,
}

impl<'d> Memo<'d> {
    /// As many bursts as a round of all pseudo-channels has, or all that are left.
    pub(super) fn stretch(&mut self, cursor: &Cursor, mix: &Mix<'d>) -> &Step {
        self.find(cursor, Task::Stretch(mix.place()), |memo, sequencer, start| {
            let mut watch = Watch::new(memo.device);
            let (sequencer, bursts) = mix.stretched(sequencer, &mut watch);
            let last = sequencer.now();
            let end = End { issued: last, done: last };
            Step { bursts, ..memo.step(&sequencer, start, end, watch) }
        })
    }
}
