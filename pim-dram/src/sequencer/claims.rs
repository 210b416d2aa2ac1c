//! Which command comes next where units and host want different ones: one side may keep the other from its tick, the other may
//! not.

use super::host::{Host, Wanted};
use super::lane::Lane;
use super::turn::Side;
use super::{Candidate, Choice, Kind, Sequencer};
use crate::channel::Release;
use crate::time::Ticks;

/// The next command of a channel.
pub(super) enum Next<'d> {
    Pim(Candidate<'d>),
    Host(Wanted<'d>),
}

impl Next<'_> {
    pub(super) fn at(&self) -> u64 {
        match self {
            Self::Pim(candidate) => candidate.at,
            Self::Host(wanted) => wanted.at,
        }
    }

    pub(super) fn side(&self) -> Side {
        match self {
            Self::Pim(_) => Side::Pim,
            Self::Host(_) => Side::Host,
        }
    }
}

impl<'d> Sequencer<'d> {
    /// The next command of either side from tick `from` of the units on; ties to the side that goes first.
    #[inline]
    pub(super) fn next(
        &self,
        host: &Host<'d>,
        lanes: &[Lane<'d>],
        from: Ticks,
        first: Side,
    ) -> Option<Next<'d>> {
        match first {
            Side::Pim => {
                let best = self.first_candidate(lanes, from);
                let before = best.map_or(Release::NEVER.at(), |best| best.at);
                let may = |choice: &Choice<'d>, at| !self.delays_lanes(choice, at, lanes, from);
                let wanted = host.first(from.max(self.now), before, may);
                wanted.map(Next::Host).or(best.map(Next::Pim))
            }
            Side::Host => {
                let wanted = host.first(from.max(self.now), Release::NEVER.at(), |_, _| true);
                let before = wanted.map_or(Release::NEVER.at(), |wanted| wanted.at);
                let best = self.undelaying_candidate(lanes, host, from, before);
                best.map(Next::Pim).or(wanted.map(Next::Host))
            }
        }
    }

    /// Whether a command of the host would keep a lane from the tick of what it wants.
    fn delays_lanes(&self, choice: &Choice<'d>, at: u64, lanes: &[Lane<'d>], from: Ticks) -> bool {
        let from = from.max(self.now).0;
        let delays = |other: &Option<Choice<'d>>, release: Release| {
            other.as_ref().is_some_and(|other| {
                let other_at = other.plan.grid.align(release.at().max(from));
                self.delays(choice, at, other, other_at)
            })
        };
        lanes.iter().any(|lane| {
            delays(&lane.row, lane.row_release) || delays(&lane.column, lane.column_release)
        })
    }

    /// The first command of the lanes that keeps the host from nothing and comes before a tick; refreshes wait for nobody.
    fn undelaying_candidate(
        &self,
        lanes: &[Lane<'d>],
        host: &Host<'d>,
        from: Ticks,
        before: u64,
    ) -> Option<Candidate<'d>> {
        let from = from.max(self.now);
        let mut best: Option<Candidate<'d>> = None;
        let sooner = |at: u64, best: &Option<Candidate<'d>>| {
            at < best.as_ref().map_or(before, |best| best.at)
        };
        for (index, lane) in (0..).zip(lanes) {
            let wants = [
                (Kind::Row, lane.row, lane.row_release),
                (Kind::Column, lane.column, lane.column_release),
            ];
            let mut waits = true;
            for (kind, choice, release) in wants {
                let Some(choice) = choice else { continue };
                let at = choice.plan.grid.align(release.at().max(from.0));
                if at >= lane.due {
                    continue;
                }
                waits = false;
                let delays =
                    |other: &Choice<'d>, other_at| self.delays(&choice, at, other, other_at);
                if sooner(at, &best) && host.first(from, Release::NEVER.at(), delays).is_none() {
                    let because = release.cause(from.0);
                    best = Some(Candidate { at, lane: index, kind, choice, because });
                }
            }
            if waits
                && let Some(refresh) = self.refresh_candidate(index)
                && sooner(refresh.at, &best)
            {
                best = Some(refresh);
            }
        }
        best
    }

    /// Whether a command on tick `at` would keep another one from its tick.
    #[inline]
    fn delays(&self, choice: &Choice<'d>, at: u64, other: &Choice<'d>, other_at: u64) -> bool {
        let later = |until: u64| other.plan.grid.align(until) > other_at;
        let wait = self.device.pushes.by(choice.plan).and_then(|pushed| pushed.wait(other.plan));
        wait.is_some_and(|wait| later(at + u64::from(wait)))
            || choice.plan.windows.iter().any(|window| {
                let same = other.plan.windows.iter().find(|other| other.first == window.first);
                same.is_some_and(|same| {
                    // The activation that binds the other one then.
                    let place = window.weight + same.weight - 1;
                    if place < window.budget {
                        later(self.channel.slot(window.first + place).at())
                    } else {
                        later(at + u64::from(window.wait))
                    }
                })
            })
    }
}
