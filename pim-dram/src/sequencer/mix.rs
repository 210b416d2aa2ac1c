//! Passes of the units and a stream of the host on one channel.

use std::collections::VecDeque;

use super::host::{Host, Wanted};
use super::lane::Lane;
use super::turn::{Arbitration, Side, Turn};
use super::{End, Kind, Sequencer, Sink};
use crate::device::Device;
use crate::pass::Pass;
use crate::time::Ticks;

/// A pass that has begun.
#[derive(Clone)]
struct Running<'d> {
    pass: Pass,
    from: Ticks,
    lanes: Vec<Lane<'d>>,
    /// Lanes that are not done.
    busy: usize,
    end: End,
}

/// A channel on which the units work off passes while a host reads a stream.
///
/// Where both have row buffers of their own, their commands mix. Where they share one, a pass has the channel to itself: the
/// host reads when no pass waits, before all passes, or so many bursts between two of them. On devices whose jobs take a change
/// of mode a whole job has it.
#[derive(Clone)]
pub struct Mix<'d> {
    sequencer: Sequencer<'d>,
    host: Host<'d>,
    arbitration: Arbitration,
    turn: Turn,
    /// Passes that wait, each with the tick before which it does not begin.
    passes: VecDeque<(Pass, Ticks)>,
    running: Option<Running<'d>>,
    /// When the last pass ended.
    end: End,
    /// On shared rows: bursts that the host may read before the next pass begins.
    grant: u64,
    /// The device is in the mode of a job, in which it takes nothing from a host.
    in_mode: bool,
}

impl<'d> Mix<'d> {
    /// A channel at tick 0 without work. `None` for a device without commands for a host.
    #[must_use]
    pub fn new(device: &'d Device, arbitration: Arbitration) -> Option<Self> {
        let start = End { issued: Ticks(0), done: Ticks(0) };
        Some(Self {
            sequencer: Sequencer::new(device),
            host: Host::new(device)?,
            arbitration,
            turn: Turn::new(arbitration),
            passes: VecDeque::new(),
            running: None,
            end: start,
            grant: 0,
            in_mode: false,
        })
    }

    /// Another pass, after those before it and no sooner than tick `from`.
    pub fn push(&mut self, pass: Pass, from: Ticks) {
        self.passes.push_back((pass, from));
    }

    /// Reads so many more bursts in every pseudo-channel: from new rows and tick `from` on, or after the bursts that are left.
    pub fn read(&mut self, bursts: u64, from: Ticks) {
        self.host.read(bursts, from);
        self.sequencer.look_host(&mut self.host);
    }

    /// When the last of all passes so far ended; `None` while one is left.
    #[must_use]
    pub fn passes_done(&self) -> Option<End> {
        (self.passes.is_empty() && self.running.is_none()).then_some(self.end)
    }

    /// Tick of the last burst of the stream; `None` while one is left.
    #[must_use]
    pub fn stream_done(&self) -> Option<Ticks> {
        (self.host.left() == 0).then_some(self.host.last())
    }

    /// Issues every command that comes before tick `until`, as long as there is work.
    pub fn advance(&mut self, until: Ticks, sink: &mut impl Sink) {
        while self.passes_done().is_none() || self.host.left() > 0 {
            let goes_on = match self.running.take() {
                Some(running) => self.step(running, until, sink),
                None => self.begin(until, sink),
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Between passes: a command of the stream, a refresh, or the beginning of the next pass. Whether that lies before `until`.
    fn begin(&mut self, until: Ticks, sink: &mut impl Sink) -> bool {
        let start = self.start();
        let wanted = self.host.wanted(self.sequencer.now).filter(|_| !self.in_mode);
        let wanted = wanted.min_by_key(|wanted| wanted.at);
        let due = self.sequencer.duties.iter().map(|duty| duty.due.0).min();
        let may_refresh = wanted.is_none_or(|wanted| due.is_some_and(|due| due <= wanted.at));
        let refresh = if may_refresh { self.sequencer.idle_candidate() } else { None };
        let refreshes = refresh.filter(|refresh| wanted.is_none_or(|w| refresh.at <= w.at));
        let at = refreshes.map(|refresh| refresh.at).or(wanted.map(|wanted| wanted.at));
        match (at, start) {
            (Some(at), start) if start.is_none_or(|start| at < start.0) => {
                if at >= until.0 {
                    return false;
                }
                if let Some(refresh) = refreshes {
                    self.sequencer.issue(&refresh, 0, sink);
                    self.sequencer.look_host(&mut self.host);
                } else if let Some(wanted) = wanted {
                    self.sequencer.issue_host(&mut self.host, &wanted, sink);
                    self.sequencer.release_flows(&mut self.host);
                    self.grant -= u64::from(wanted.kind == Kind::Column).min(self.grant);
                }
                true
            }
            (_, Some(start)) if start < until => {
                let Some((pass, _)) = self.passes.pop_front() else { return false };
                self.in_mode |= pass.first && !self.sequencer.device.roles.setup.is_empty();
                self.running = Some(self.sequencer.start(pass, start, sink));
                self.sequencer.look_host(&mut self.host);
                true
            }
            _ => false,
        }
    }

    /// When the next pass begins, unless the host goes first on rows that they share.
    fn start(&self) -> Option<Ticks> {
        let &(_, from) = self.passes.front()?;
        let start = from.max(self.end.issued).max(self.sequencer.now);
        let reads = self.host.left() > 0 && self.host.from <= start && !self.in_mode;
        let host_first = match self.arbitration {
            Arbitration::PimFirst => false,
            Arbitration::HostFirst => true,
            Arbitration::Batched(_) => self.grant > 0,
        };
        let waits = reads && host_first && self.sequencer.shares_rows(&self.host);
        (!waits).then_some(start)
    }

    /// The next command while a pass runs. Whether it lies before `until`.
    fn step(&mut self, mut running: Running<'d>, until: Ticks, sink: &mut impl Sink) -> bool {
        let Self { sequencer, host, turn, .. } = self;
        let device = sequencer.device;
        let Running { pass, from, lanes, busy, end } = &mut running;
        if *busy == 0 {
            if pass.last {
                end.issued = sequencer.switch(&device.roles.teardown, end.issued, sink);
                self.in_mode = false;
            }
            end.done = end.done.max(end.issued);
            self.end = *end;
            sequencer.look_host(host);
            if let Arbitration::Batched(batch) = self.arbitration {
                self.grant = u64::from(batch.get()) * u64::from(host.flows());
            }
            return true;
        }
        let alone = self.in_mode || sequencer.shares_rows(host);
        let first = if alone { Side::Pim } else { turn.side };
        let wanted = sequencer.host_candidate(host, lanes, *from, first).filter(|_| !alone);
        let best = sequencer.pim_candidate(lanes, host, *from, first);
        let host_goes = |wanted: &Wanted<'d>| {
            best.is_none_or(|best| match first {
                Side::Pim => wanted.at < best.at,
                Side::Host => wanted.at <= best.at,
            })
        };
        let wanted = wanted.filter(host_goes);
        let at = wanted.map(|wanted| wanted.at).or(best.map(|best| best.at));
        if at.is_none_or(|at| at >= until.0) {
            self.running = Some(running);
            return false;
        }
        if let Some(wanted) = wanted {
            sequencer.issue_host(host, &wanted, sink);
            if wanted.kind == Kind::Column {
                turn.column(Side::Host);
            }
        } else if let Some(best) = best {
            if best.kind == Kind::Column {
                let lane = &mut lanes[best.lane as usize];
                let column = lane.run.map_or(0, |run| run.first) + lane.done;
                end.issued = sequencer.issue(&best, column, sink);
                if best.choice.command == device.roles.read_result {
                    end.done = end.issued + device.read_latency;
                }
                *busy -= usize::from(sequencer.advance(best.lane, lane));
                turn.column(Side::Pim);
            } else {
                sequencer.issue(&best, 0, sink);
                for &index in &best.choice.plan.lanes {
                    let lane = &mut lanes[index as usize];
                    lane.due = sequencer.due(index);
                    sequencer.choose(index, lane);
                }
                if matches!(best.kind, Kind::Refresh(_)) {
                    sequencer.look_host(host);
                }
            }
        }
        lanes.iter_mut().for_each(|lane| sequencer.look(lane));
        sequencer.release_flows(host);
        self.running = Some(running);
        true
    }
}

impl<'d> Sequencer<'d> {
    /// Whether host and units hold their rows in the same buffers, so that one of them has a bank at a time.
    fn shares_rows(&self, host: &Host<'d>) -> bool {
        host.buffer == self.device.pim_buffer
    }

    /// Begins a pass on every lane.
    fn start(&mut self, pass: Pass, start: Ticks, sink: &mut impl Sink) -> Running<'d> {
        let setup = &self.device.roles.setup;
        let from = if pass.first { self.switch(setup, start, sink) } else { start };
        let lanes: Vec<_> = (0..self.device.lanes()).map(|lane| self.begin(lane, &pass)).collect();
        let busy = lanes.iter().filter(|lane| lane.run.is_some()).count();
        Running { pass, from, lanes, busy, end: End { issued: from, done: from } }
    }
}
