//! Passes of the units and a stream of the host on one channel.

use std::collections::VecDeque;

use super::claims::Next;
use super::host::Host;
use super::running::Running;
use super::turn::{Arbitration, Turn};
use super::{End, Kind, Sequencer, Sink};
use crate::channel::Release;
use crate::device::Device;
use crate::pass::Pass;
use crate::time::Ticks;

/// A channel on which the units work off passes while a host reads a stream.
///
/// Where both have row buffers of their own, their commands mix. Where they share one, a pass has the channel to itself: the
/// host reads when no pass waits, before all passes, or so many bursts between two of them. On devices whose jobs take a change
/// of mode a whole job has it.
#[derive(Clone)]
pub struct Mix<'d> {
    pub(super) sequencer: Sequencer<'d>,
    pub(super) host: Host<'d>,
    pub(super) arbitration: Arbitration,
    pub(super) turn: Turn,
    /// Passes that wait, each with the tick before which it does not begin.
    pub(super) passes: VecDeque<(Pass, Ticks)>,
    pub(super) running: Option<Running<'d>>,
    /// When the last pass ended.
    pub(super) end: End,
    /// On shared rows: bursts that the host may read before the next pass begins.
    pub(super) grant: u64,
    /// The device is in the mode of a job, in which it takes nothing from a host.
    pub(super) in_mode: bool,
}

impl<'d> Mix<'d> {
    /// A channel at tick 0 without work. `None` for a device without commands for a host.
    #[must_use]
    pub fn new(device: &'d Device, arbitration: Arbitration) -> Option<Self> {
        Some(Self::without_passes(Sequencer::new(device), Host::new(device)?, arbitration))
    }

    /// A channel without passes.
    pub(super) fn without_passes(
        sequencer: Sequencer<'d>,
        host: Host<'d>,
        arbitration: Arbitration,
    ) -> Self {
        Self {
            sequencer,
            host,
            arbitration,
            turn: Turn::new(arbitration),
            passes: VecDeque::new(),
            running: None,
            end: End { issued: Ticks(0), done: Ticks(0) },
            grant: 0,
            in_mode: false,
        }
    }

    /// Another pass, after those before it and no sooner than tick `from`.
    pub fn push(&mut self, pass: Pass, from: Ticks) {
        if self.passes_done().is_some() {
            self.turn = Turn::new(self.arbitration);
        }
        self.passes.push_back((pass, from));
    }

    /// Reads so many more bursts in every pseudo-channel: from new rows and tick `from` on, or after the bursts that are left.
    pub fn read(&mut self, bursts: u64, from: Ticks) {
        if self.stream_done().is_some() {
            self.turn = Turn::new(self.arbitration);
        }
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
            if !self.leg(until, sink) {
                return;
            }
        }
    }

    /// Issues commands up to the end of a pass or of the stream; whether that comes before tick `until`.
    pub(crate) fn leg(&mut self, until: Ticks, sink: &mut impl Sink) -> bool {
        let reads = self.host.left() > 0;
        while self.running.is_none() {
            if !self.begin(until, sink) {
                return false;
            }
            if reads && self.host.left() == 0 {
                return true;
            }
        }
        self.running.take().is_some_and(|running| self.step(running, until, sink))
    }

    /// Between passes: a command of the stream, a refresh, or the beginning of the next pass. Whether that lies before `until`.
    pub(super) fn begin(&mut self, until: Ticks, sink: &mut impl Sink) -> bool {
        let start = self.start();
        let free = !self.in_mode;
        let wanted = self.host.first(self.sequencer.now, Release::NEVER.at(), |_, _| free);
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
                    self.sequencer.follow_host(&wanted.choice, &mut self.host);
                    self.grant -= u64::from(wanted.kind == Kind::Column).min(self.grant);
                }
                true
            }
            (_, Some(start)) if start < until => {
                let Some(pass) = self.take_pass() else { return false };
                self.running = Some(self.sequencer.start(pass, start, sink));
                self.sequencer.look_host(&mut self.host);
                true
            }
            _ => false,
        }
    }

    /// When the next pass begins, unless the host goes first on rows that they share.
    pub(super) fn start(&self) -> Option<Ticks> {
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

    /// The commands of the pass that runs. Whether it or the stream ends before `until`.
    fn step(&mut self, mut running: Running<'d>, until: Ticks, sink: &mut impl Sink) -> bool {
        let Self { sequencer, host, turn, .. } = self;
        let alone = self.in_mode || sequencer.shares_rows(host);
        let reads = host.left() > 0;
        while running.busy > 0 {
            let next = if alone {
                sequencer.first_candidate(&running.lanes, running.from).map(Next::Pim)
            } else {
                sequencer.next(host, &running.lanes, running.from, turn.side)
            };
            let Some(next) = next.filter(|next| next.at() < until.0) else {
                self.running = Some(running);
                return false;
            };
            let (kind, choice) = match &next {
                Next::Host(wanted) => (wanted.kind, wanted.choice),
                Next::Pim(best) => (best.kind, best.choice),
            };
            match &next {
                Next::Host(wanted) => sequencer.issue_host(host, wanted, sink),
                Next::Pim(best) => sequencer.take(&mut running, best, sink),
            }
            if kind == Kind::Column {
                turn.column(next.side());
            }
            sequencer.follow(&choice, &mut running.lanes);
            match kind {
                Kind::Refresh(_) => sequencer.look_host(host),
                _ => sequencer.follow_host(&choice, host),
            }
            if reads && host.left() == 0 {
                self.running = Some(running);
                return true;
            }
        }
        let last = running.pass.last;
        let end = sequencer.finish(running, sink);
        sequencer.look_host(host);
        self.ended(last, end);
        true
    }

    /// The next pass, whose job has the channel to itself from here on if that takes a change of mode.
    pub(super) fn take_pass(&mut self) -> Option<Pass> {
        let (pass, _) = self.passes.pop_front()?;
        self.in_mode |= pass.first && !self.sequencer.device.roles.setup.is_empty();
        Some(pass)
    }

    /// A pass, perhaps the last of its job, has ended.
    pub(super) fn ended(&mut self, last: bool, end: End) {
        self.end = end;
        self.in_mode &= !last;
        self.grant = match self.arbitration {
            Arbitration::Batched(batch) if !self.passes.is_empty() => {
                u64::from(batch.get()) * u64::from(self.host.flows())
            }
            _ => 0,
        };
    }
}

impl<'d> Sequencer<'d> {
    /// Whether host and units hold their rows in the same buffers, so that one of them has a bank at a time.
    pub(super) fn shares_rows(&self, host: &Host<'d>) -> bool {
        host.buffer == self.device.pim_buffer
    }
}
