//! Channels that have done alike.

use std::sync::Arc;

use pim_dram::Ticks;
use pim_dram::device::Device;
use pim_dram::job::Job;
use pim_dram::memo::{Cursor, Memo, Port};
use pim_dram::sequencer::Arbitration;
use pim_dram::tally::Tally;

use super::{Side, Work};

/// Groups of channels, of which one channel is simulated.
#[derive(Clone)]
pub(super) struct Class<'d> {
    groups: Vec<usize>,
    /// Of all classes together.
    all_groups: usize,
    channels_per_group: u64,
    port: Arc<Port<'d>>,
    read_latency: Ticks,
    /// Everything before that tick has been simulated.
    at: Ticks,
}

/// When a side is through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Then.
    At(Ticks),
    /// It has something left, and this much is simulated.
    NotBefore(Ticks),
}

impl End {
    /// Through with both.
    pub(super) fn later(self, other: Self) -> Self {
        match (self, other) {
            (Self::At(a), Self::At(b)) => Self::At(a.max(b)),
            _ => Self::NotBefore(self.bound().max(other.bound())),
        }
    }

    /// A tick before which it is not through.
    pub(super) fn bound(self) -> Ticks {
        let (Self::At(at) | Self::NotBefore(at)) = self;
        at
    }
}

impl<'d> Class<'d> {
    pub(super) fn new(
        device: &'d Device,
        all_groups: usize,
        channels_per_group: u64,
        arbitration: Arbitration,
    ) -> Option<Self> {
        let port = Arc::new(Port::new(device, arbitration)?);
        let read_latency = device.read_latency;
        let groups = (0..all_groups).collect();
        Some(Self { groups, all_groups, channels_per_group, port, read_latency, at: Ticks(0) })
    }

    pub(super) fn groups(&self) -> &[usize] {
        &self.groups
    }

    /// Whether it has done what something that begins on a tick might change, be it on that tick.
    pub(super) fn is_past(&self, tick: Ticks) -> bool {
        self.at >= tick && self.port.now() >= tick
    }

    pub(super) fn at(&self) -> Ticks {
        self.at
    }

    /// The jobs of one of these groups.
    fn jobs<'w>(&self, work: &'w Work, group: usize) -> &'w [Job] {
        &work.jobs[group * work.jobs.len() / self.all_groups]
    }

    pub(super) fn work(&mut self, work: &Work, from: Ticks) {
        let jobs = self.jobs(work, self.groups[0]);
        self.port_mut().work(jobs, from);
    }

    pub(super) fn read(&mut self, bursts: u64, from: Ticks) {
        self.port_mut().read(bursts, from);
    }

    /// When a side is through with what it began at tick `since`.
    pub(super) fn end(&self, side: Side, since: Ticks) -> End {
        let done = match side {
            Side::Pim => self.port.work_done().map(|end| end.done),
            Side::Host => self.port.stream_done().map(|last| last + self.read_latency),
        };
        done.map_or(End::NotBefore(self.at), |done| End::At(done.max(since)))
    }

    /// Up to where it may be simulated before something new can begin; `None` if it has nothing left.
    pub(super) fn bound(&self, since: [Option<Ticks>; 2], ends: [Option<End>; 2]) -> Option<Ticks> {
        let of_side = |side: Side| since[side as usize].map(|since| self.end(side, since));
        let own = Side::ALL.map(of_side);
        let left = own.iter().any(|end| matches!(end, Some(End::NotBefore(_))));
        let through = own.iter().zip(ends).filter(|(own, _)| matches!(own, Some(End::At(_))));
        let bounds = through.filter_map(|(_, end)| end.map(End::bound));
        left.then(|| bounds.min().unwrap_or(Ticks(u64::MAX)))
    }

    /// Simulates up to a tick, or until a side is through.
    pub(super) fn advance(&mut self, memo: &mut Memo<'d>, until: Ticks) {
        let before = (self.port.work_done(), self.port.stream_done());
        self.port_mut().advance(memo, until);
        let through = before != (self.port.work_done(), self.port.stream_done());
        self.at = if through { self.at.max(self.port.now()) } else { until };
    }

    /// Simulates up to a tick, idle once nothing is left.
    pub(super) fn go_to(&mut self, memo: &mut Memo<'d>, to: Ticks) {
        let left = |port: &Port<'d>| [port.work_done().is_none(), port.stream_done().is_none()];
        while self.at < to && left(&self.port) != [false, false] {
            self.advance(memo, to);
        }
        if left(&self.port) == [false, false] && self.port.now() < to {
            self.port_mut().rest(memo, to);
        }
        self.at = to;
    }

    /// Time of each job since the last call, the first from tick `from` on.
    pub(super) fn take_jobs(&mut self, from: Ticks) -> Vec<Ticks> {
        let mut last = from;
        let ends = self.port_mut().take_jobs().into_iter();
        ends.map(|end| end - std::mem::replace(&mut last, end).min(end)).collect()
    }

    /// Time from tick `from` to the end of the last job.
    pub(super) fn through(&self, from: Ticks) -> Ticks {
        self.port.work_done().map_or(Ticks(0), |end| end.done - from.min(end.done))
    }

    /// What was done since the last call, and by how many channels.
    pub(super) fn take_tally(&mut self) -> (Tally, u64) {
        let channels = self.channels_per_group * self.groups.len() as u64;
        (self.port_mut().take_tally(), channels)
    }

    /// One class for each of the jobs that its groups get.
    pub(super) fn split(self, work: &Work) -> Vec<Self> {
        let mut parts: Vec<Self> = Vec::new();
        for &group in &self.groups {
            let jobs = self.jobs(work, group);
            match parts.iter_mut().find(|part| self.jobs(work, part.groups[0]) == jobs) {
                Some(part) => part.groups.push(group),
                None => parts.push(Self { groups: vec![group], ..self.clone() }),
            }
        }
        parts
    }

    /// Whether it will do what another one will, given the same, and was through when that one was with what began at `since`.
    pub(super) fn alike(&self, other: &Self, since: [Option<Ticks>; 2]) -> bool {
        let through = |side: Side| {
            let end = |class: &Self| since[side as usize].map(|since| class.end(side, since));
            end(self) == end(other)
        };
        Side::ALL.into_iter().all(through) && self.port.alike(&other.port)
    }

    pub(super) fn join(&mut self, other: Self) {
        self.groups.extend(other.groups);
        self.groups.sort_unstable();
    }

    /// Where its channels stand, if they rest.
    pub(super) fn lead(&mut self) -> Option<&mut Cursor> {
        self.port_mut().lead()
    }

    fn port_mut(&mut self) -> &mut Port<'d> {
        Arc::make_mut(&mut self.port)
    }
}
