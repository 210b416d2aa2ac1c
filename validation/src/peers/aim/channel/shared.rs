//! A channel among others that one host decodes for.

use pim_dram::sequencer::Sink;
use pim_dram::time::Ticks;

use super::Host;

impl<S: Sink> Host<'_, S> {
    /// What comes next is not decoded before that cycle.
    pub(in crate::peers::aim) fn wait(&mut self, decoded: Ticks) {
        self.from = self.from.max(decoded);
        self.queue.wait(decoded);
    }

    /// When the last request came in.
    pub(in crate::peers::aim) fn entered(&self) -> Ticks {
        self.queue.entered()
    }

    /// First cycle of the next instruction's commands.
    pub(in crate::peers::aim) fn from(&self) -> Ticks {
        self.from
    }

    /// Takes over what remains of a channel that does the same as this one from that cycle on; whether it is one.
    pub(in crate::peers::aim) fn absorb(&mut self, other: &Self, from: Ticks) -> bool {
        let idle = |host: &Self| host.now < from && host.opening.is_empty();
        let alike = idle(self)
            && idle(other)
            && self.mode == other.mode
            && self.due == other.due
            && self.channel.behaves_like(&other.channel, from);
        if alike {
            self.now = self.now.max(other.now);
            self.complete = self.complete.max(other.complete);
        }
        alike
    }

    /// What watched.
    pub(in crate::peers::aim) fn into_sink(self) -> S {
        self.sink
    }
}
