//! A pass from its first command to its last.

use super::lane::Lane;
use super::{Candidate, Choice, End, Kind, Sequencer, Sink};
use crate::channel::Release;
use crate::pass::Pass;
use crate::pushes::Pushed;
use crate::time::Ticks;

/// A pass that has begun.
#[derive(Clone)]
pub(super) struct Running<'d> {
    pub(super) pass: Pass,
    /// No command of it goes before that tick.
    pub(super) from: Ticks,
    pub(super) lanes: Vec<Lane<'d>>,
    /// Lanes that are not done.
    pub(super) busy: usize,
    end: End,
}

impl<'d> Sequencer<'d> {
    /// Begins a pass on every lane.
    pub(super) fn start(&mut self, pass: Pass, start: Ticks, sink: &mut impl Sink) -> Running<'d> {
        let device = self.device;
        sink.begins(start);
        let from = if pass.first { self.switch(&device.roles.setup, start, sink) } else { start };
        let lanes: Vec<_> = (0..device.lanes()).map(|lane| self.begin(lane, &pass)).collect();
        let busy = lanes.iter().filter(|lane| lane.run.is_some()).count();
        Running { pass, from, lanes, busy, end: End { issued: from, done: from } }
    }

    /// Issues a command of a pass.
    #[inline]
    pub(super) fn take(
        &mut self,
        running: &mut Running<'d>,
        best: &Candidate<'d>,
        sink: &mut impl Sink,
    ) {
        let Running { lanes, busy, end, .. } = running;
        if best.kind == Kind::Column {
            let lane = &mut lanes[best.lane as usize];
            let column = lane.run.map_or(0, |run| run.column(lane.done));
            end.issued = self.issue(best, column, sink);
            if best.choice.command == self.device.roles.read_result {
                end.done = end.issued + self.device.read_latency;
            }
            *busy -= usize::from(self.advance(best.lane, lane));
        } else {
            self.issue(best, 0, sink);
            for &index in &best.choice.plan.lanes {
                let lane = &mut lanes[index as usize];
                lane.due = self.due(index);
                self.choose(index, lane);
            }
        }
    }

    /// A command has gone: when rules allow what lanes want, as far as it pushed that.
    #[inline]
    pub(super) fn follow(&self, by: &Choice<'d>, lanes: &mut [Lane<'d>]) {
        match self.device.pushes.by(by.plan) {
            None => lanes.iter_mut().for_each(|lane| self.look(lane)),
            Some(pushed) => {
                for lane in lanes {
                    self.push(by, pushed, &lane.row, &mut lane.row_release);
                    self.push(by, pushed, &lane.column, &mut lane.column_release);
                }
            }
        }
    }

    /// When rules allow a command after the last one.
    #[inline]
    pub(super) fn push(
        &self,
        by: &Choice<'d>,
        pushed: Pushed<'_>,
        choice: &Option<Choice<'d>>,
        release: &mut Release,
    ) {
        let Some(choice) = choice else { return };
        if !by.plan.windows.is_empty() && !choice.plan.windows.is_empty() {
            *release = self.channel.release(choice.plan);
        } else if let Some(wait) = pushed.wait(choice.plan) {
            *release = (*release).max(Release::new(self.now.0, by.command).later(wait));
        }
    }

    /// Ends a pass whose lanes are done.
    pub(super) fn finish(&mut self, running: Running<'d>, sink: &mut impl Sink) -> End {
        let mut end = running.end;
        if running.pass.last {
            end.issued = self.switch(&self.device.roles.teardown, end.issued, sink);
        }
        end.done = end.done.max(end.issued);
        sink.ends(&running.pass, end);
        end
    }
}
