//! Where requests of a channel wait.

use std::collections::VecDeque;

use pim_dram::time::Ticks;

/// Requests that wait at a channel at most.
const DEPTH: usize = 32;

/// When requests came in and left.
#[derive(Clone, Default)]
pub(super) struct Queue {
    /// When the last ones left, at most [`DEPTH`] of them.
    left: VecDeque<Ticks>,
    /// When the last one came in.
    entered: Ticks,
    /// Whether that was a plain read or write; these and others never wait together.
    plain: bool,
}

impl Queue {
    /// The next one is not decoded before that cycle.
    pub(super) fn wait(&mut self, decoded: Ticks) {
        self.entered = decoded;
    }

    /// When the last one came in.
    pub(super) fn entered(&self) -> Ticks {
        self.entered
    }

    /// The next one leaves. It came in as soon as there was room and none of the other kind waited.
    pub(super) fn leave(&mut self, plain: bool, now: Ticks) {
        let full = self.left.len() == DEPTH;
        let room = if full { self.left.pop_front() } else { None };
        let others = self.left.back().copied().filter(|_| plain != self.plain);
        for before in room.into_iter().chain(others) {
            self.entered = self.entered.max(before + Ticks(1));
        }
        self.plain = plain;
        self.left.push_back(now);
    }
}
