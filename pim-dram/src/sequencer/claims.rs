//! What one side may issue without keeping the other, if that goes first, from what it wants.

use super::host::{Host, Wanted};
use super::lane::Lane;
use super::turn::Side;
use super::{Candidate, Choice, Kind, Sequencer};
use crate::channel::Release;
use crate::time::Ticks;

impl<'d> Sequencer<'d> {
    /// The first command of the host that may go.
    pub(super) fn host_candidate(
        &self,
        host: &Host<'d>,
        lanes: &[Lane<'d>],
        from: Ticks,
        first: Side,
    ) -> Option<Wanted<'d>> {
        let from = from.max(self.now);
        let waits = |wanted: &Wanted<'d>| {
            let delayed = |(choice, release): (Option<Choice<'d>>, Release)| {
                choice.is_some_and(|choice| {
                    let at = choice.plan.grid.align(release.at().max(from.0));
                    self.delays(&wanted.choice, wanted.at, &choice, at)
                })
            };
            let of_lane = |lane: &Lane<'d>| {
                delayed((lane.row, lane.row_release)) || delayed((lane.column, lane.column_release))
            };
            first == Side::Pim && lanes.iter().any(of_lane)
        };
        host.wanted(from).filter(|wanted| !waits(wanted)).min_by_key(|wanted| wanted.at)
    }

    /// The first command of the lanes that may go; refreshes wait for nobody.
    pub(super) fn pim_candidate(
        &self,
        lanes: &[Lane<'d>],
        host: &Host<'d>,
        from: Ticks,
        first: Side,
    ) -> Option<Candidate<'d>> {
        if first == Side::Pim {
            return self.first_candidate(lanes, from);
        }
        let from = from.max(self.now);
        let mut best: Option<Candidate<'d>> = None;
        let mut offer = |candidate: Candidate<'d>| {
            if best.is_none_or(|best| candidate.at < best.at) {
                best = Some(candidate);
            }
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
                    |wanted: Wanted<'d>| self.delays(&choice, at, &wanted.choice, wanted.at);
                if !host.wanted(from).any(delays) {
                    let because = release.cause(from.0);
                    offer(Candidate { at, lane: index, kind, choice, because });
                }
            }
            if waits && let Some(refresh) = self.refresh_candidate(index) {
                offer(refresh);
            }
        }
        best
    }

    /// Whether a command on tick `at` would keep another one from its tick.
    fn delays(&self, choice: &Choice<'d>, at: u64, other: &Choice<'d>, other_at: u64) -> bool {
        let later = |until: u64| other.plan.grid.align(until) > other_at;
        let by_rules = choice.plan.updates.iter().any(|update| {
            later(at + u64::from(update.wait)) && other.plan.probes.contains(&update.slot)
        });
        by_rules
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
