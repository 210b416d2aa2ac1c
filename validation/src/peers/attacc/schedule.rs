//! The order of an attention step: rounds of heads in pairs, each part with what is spread over it.

use std::collections::BTreeSet;

use super::plan::Plan;
use super::request::Request;

/// The order of rounds, and the channels that are worth simulating: neighbours that are always sent the same stand for each
/// other, since the stream passes over them together.
pub(super) struct Schedule {
    heads: u32,
    channels: u32,
    plan: Plan,
    /// The first channel of each run of alike ones.
    distinct: Vec<u32>,
}

/// A list of requests that each of the first channels gets, the channels in turn.
struct Dealt {
    each: Vec<Request>,
    channels: u32,
}

impl Dealt {
    /// Requests of a share, one of `shares` equal whole parts of the list over all channels.
    fn share(&self, shares: u64) -> u64 {
        self.each.len() as u64 * u64::from(self.channels) / shares.max(1)
    }
}

impl Schedule {
    pub(super) fn new(heads: u32, channels: u32, plan: Plan) -> Self {
        let mut schedule = Self { heads, channels, plan, distinct: Vec::new() };
        let mut firsts = BTreeSet::from([0]);
        for round in [0, schedule.rounds().saturating_sub(1)] {
            let valid = schedule.valid(round);
            firsts.insert(valid);
            let groups = schedule.plan.score_groups();
            let passes = schedule.plan.context_passes();
            let (writes, operands) = (schedule.writes(round), schedule.operands(round));
            let cuts = [
                (&writes, groups),
                (&operands, groups.div_ceil(2)),
                (&operands, passes.div_ceil(2)),
            ];
            for (dealt, shares) in cuts {
                let share = dealt.share(shares);
                firsts.extend(
                    (0..=shares)
                        .filter_map(|n| u32::try_from(n * share % u64::from(valid.max(1))).ok()),
                );
            }
        }
        schedule.distinct = firsts.into_iter().filter(|&first| first < channels).collect();
        schedule
    }

    /// Channels to simulate.
    pub(super) fn distinct(&self) -> usize {
        self.distinct.len()
    }

    fn rounds(&self) -> u32 {
        self.heads.div_ceil(self.channels)
    }

    /// Channels that have a head in a round.
    fn valid(&self, round: u32) -> u32 {
        (self.heads - (round * self.channels).min(self.heads)).min(self.channels)
    }

    fn writes(&self, round: u32) -> Dealt {
        Dealt { each: self.plan.writes(), channels: self.valid(round) }
    }

    fn operands(&self, round: u32) -> Dealt {
        Dealt { each: self.plan.operands(), channels: self.valid(round) }
    }

    /// Requests with the place of their channel among the distinct ones.
    pub(super) fn requests(&self) -> impl Iterator<Item = (usize, Request)> {
        (0..self.rounds()).step_by(2).flat_map(|round| {
            let mut out = Vec::new();
            if round + 1 < self.rounds() {
                self.pair(round, &mut out);
            } else {
                self.alone(round, &mut out);
            }
            out
        })
    }

    fn pair(&self, first: u32, out: &mut Vec<(usize, Request)>) {
        let second = first + 1;
        let plan = &self.plan;
        let (groups, passes) = (plan.score_groups(), plan.context_passes());
        self.all(first, &plan.writes(), out);
        if first == 0 {
            let scores = plan.scores(first, 0);
            self.all(first, scores.get(..1).unwrap_or(&[]), out);
        }
        self.barrier(out);

        let writes = self.writes(second);
        for group in 0..=groups {
            self.score_group(first, group, out);
            if group < groups {
                self.share(&writes, group, groups, out);
                self.barrier(out);
            }
        }
        let half = |step: u64, steps: u64| step.checked_sub(steps / 2);
        let operands = self.operands(first);
        for group in 0..=groups {
            self.score_group(second, group, out);
            if group == 0 {
                self.all(first, &[plan.softmax()], out);
            }
            if group < groups {
                if let Some(part) = half(group, groups) {
                    self.share(&operands, part, groups.div_ceil(2), out);
                }
                self.barrier(out);
            }
        }
        let operands = self.operands(second);
        for pass in 0..=passes {
            self.context_pass(first, pass, out);
            if pass == 0 {
                self.all(second, &[plan.softmax()], out);
            }
            if pass < passes {
                if let Some(part) = half(pass, passes) {
                    self.share(&operands, part, passes.div_ceil(2), out);
                }
                self.barrier(out);
            }
        }
        self.context(first, out);
    }

    fn alone(&self, round: u32, out: &mut Vec<(usize, Request)>) {
        let plan = &self.plan;
        let groups = plan.score_groups();
        self.all(round, &plan.writes(), out);
        self.barrier(out);
        for group in 0..=groups {
            self.score_group(round, group, out);
            if group < groups {
                self.barrier(out);
            }
            self.all(round, &[plan.softmax()], out);
            self.all(round, &plan.operands(), out);
            self.barrier(out);
        }
        self.context(round, out);
    }

    /// Scores of a group of keys, and the results of the group before.
    fn score_group(&self, round: u32, group: u64, out: &mut Vec<(usize, Request)>) {
        if group < self.plan.score_groups() {
            self.all(round, &self.plan.scores(round, group), out);
        }
        if group > 0 {
            self.all(round, &self.plan.score_results(), out);
        }
    }

    /// A pass over the values, and the results of the pass before.
    fn context_pass(&self, round: u32, pass: u64, out: &mut Vec<(usize, Request)>) {
        if pass < self.plan.context_passes() {
            self.all(round, &self.plan.context(round, pass), out);
        }
        if pass > 0 {
            self.all(round, &self.plan.context_results(), out);
        }
    }

    fn context(&self, round: u32, out: &mut Vec<(usize, Request)>) {
        let passes = self.plan.context_passes();
        for pass in 0..=passes {
            self.context_pass(round, pass, out);
            if pass < passes {
                self.barrier(out);
            }
        }
    }

    /// The same requests to every channel that has a head.
    fn all(&self, round: u32, requests: &[Request], out: &mut Vec<(usize, Request)>) {
        let valid = self.valid(round);
        for &request in requests {
            let places = self.distinct.iter().enumerate().filter(|&(_, &first)| first < valid);
            out.extend(places.map(|(place, _)| (place, request)));
        }
    }

    fn barrier(&self, out: &mut Vec<(usize, Request)>) {
        out.extend((0..self.distinct.len()).map(|place| (place, Request::Barrier)));
    }

    /// One of `shares` equal whole parts of a list.
    fn share(&self, dealt: &Dealt, part: u64, shares: u64, out: &mut Vec<(usize, Request)>) {
        let (share, channels) = (dealt.share(shares), u64::from(dealt.channels));
        for at in part * share..(part + 1) * share {
            let (index, channel) = ((at / channels) as usize, at % channels);
            let place = self.distinct.iter().position(|&first| u64::from(first) == channel);
            out.extend(place.map(|place| (place, dealt.each[index])));
        }
    }
}
