//! Runs passes on a command channel, every command at its earliest legal tick.
//!
//! Each pseudo-channel is a lane with its own stream of column commands, issued in order. Its rows follow the stream: as soon
//! as no earlier operation needs the open row, it is closed and the next one opened. Lanes share the command buses; the
//! command that can go first goes first, ties to the lower lane and to the row bus. Lanes start each pass together.

use crate::channel::{Channel, OpenRow, State};
use crate::device::{CommandId, Device};
use crate::family::{Buffer, RowEffect};
use crate::geometry::{Level, Node};
use crate::pass::{Op, Order, Pass, Tile};
use crate::time::Ticks;

/// A command as it was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Tick of its first bus slot.
    pub at: Ticks,
    /// The command.
    pub command: CommandId,
    /// The node of its reach that it addresses.
    pub target: u32,
    /// The row that it opens or needs.
    pub row: Option<u32>,
    /// Column or burst number, 0 for row commands.
    pub column: u32,
    /// Pseudo-channel whose stream it serves.
    pub lane: u32,
    /// The earlier command that kept it until now, where one did.
    pub because: Option<CommandId>,
}

/// Sees every command; the model does not know who watches.
pub trait Sink {
    /// Called in the order of issue.
    fn issued(&mut self, issued: &Issued);
}

/// Nobody watches.
impl Sink for () {
    fn issued(&mut self, _: &Issued) {}
}

impl Sink for Vec<Issued> {
    fn issued(&mut self, issued: &Issued) {
        self.push(*issued);
    }
}

/// When a pass ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct End {
    /// Tick of its last command; the next pass may issue from here on.
    pub issued: Ticks,
    /// Its last result is with the host.
    pub done: Ticks,
}

/// A command channel and its refresh duty.
#[derive(Clone, Debug)]
pub struct Sequencer<'d> {
    channel: Channel<'d>,
    /// Tick of the last command: what waited for a refresh does not go into the past.
    now: Ticks,
    /// Per lane, when the next refresh is due.
    refresh_due: Vec<Option<Ticks>>,
}

/// A command that could be issued next.
#[derive(Clone, Copy)]
struct Candidate {
    at: Ticks,
    lane: u32,
    because: Option<CommandId>,
    command: CommandId,
    target: u32,
    row: Option<u32>,
    /// The lane's next operation, not a row command.
    op: Option<Op>,
}

/// A lane's stream, with the next operation in hand.
struct Lane<I> {
    ops: I,
    next: Option<Op>,
}

impl<'d> Sequencer<'d> {
    /// A channel at tick 0, every row closed, the first refresh one interval away.
    #[must_use]
    pub fn new(device: &'d Device) -> Self {
        let lanes = device.spec.geometry.pseudo_channels as usize;
        let refresh_due = vec![device.refresh_interval; lanes];
        Self { channel: Channel::new(device), now: Ticks(0), refresh_due }
    }

    /// A channel at tick `now`.
    pub(crate) fn resume(
        device: &'d Device,
        state: State,
        now: Ticks,
        refresh_due: Vec<Option<Ticks>>,
    ) -> Self {
        Self { channel: Channel::from_state(device, state), now, refresh_due }
    }

    pub(crate) fn state(&self) -> &State {
        self.channel.state()
    }

    /// What a refresh costs a stream: from one multiply-accumulate over closing the rows, refresh and opening them again to
    /// the next. A refresh interval must be longer, or nothing ever gets done.
    pub(crate) fn interruption(device: &'d Device) -> Ticks {
        let tile = Tile { outputs: 1, columns: 1, order: Order::TokenByToken };
        let pass =
            Pass { tile, vectors: 1, base_row: 0, next_row: None, loaded: false, prefetch: false };
        let mut sequencer = Self::new(device);
        sequencer.refresh_due.fill(None);
        let before = sequencer.run(&pass, Ticks(0), &mut ()).issued;
        sequencer.refresh_due.fill(Some(before));
        let _ = sequencer.rest(&mut ());
        sequencer.refresh_due.fill(None);
        sequencer.run(&pass, before, &mut ()).issued - before
    }

    pub(crate) fn refresh_due(&self) -> &[Option<Ticks>] {
        &self.refresh_due
    }

    /// Runs one pass on every lane, from tick `from` on; until then the channel stands idle.
    pub fn run(&mut self, pass: &Pass, from: Ticks, sink: &mut impl Sink) -> End {
        self.idle(from, sink);
        let device = self.channel.device();
        let lanes = (0..self.refresh_due.len()).map(|_| {
            let mut ops = pass.ops(device);
            Lane { next: ops.next(), ops }
        });
        let mut lanes: Vec<_> = lanes.collect();
        let mut end = End { issued: from, done: from };
        while lanes.iter().any(|lane| lane.next.is_some()) {
            let Some(best) = self.first_candidate(&lanes, from) else { break };
            self.issue(&best, sink);
            if let Some(op) = best.op {
                let lane = &mut lanes[best.lane as usize];
                lane.next = lane.ops.next();
                end.issued = best.at;
                if op.command == device.roles.read_result {
                    end.done = best.at + device.read_latency;
                }
            }
        }
        end.done = end.done.max(end.issued);
        end
    }

    /// Lets the channel stand idle until tick `until`, refreshing as it falls due.
    pub fn idle(&mut self, until: Ticks, sink: &mut impl Sink) {
        while let Some(best) = self.idle_candidate().filter(|c| c.at < until) {
            self.issue(&best, sink);
        }
    }

    /// Stands idle until every lane has done its next refresh; the tick of the last command. `None` without refresh.
    pub(crate) fn rest(&mut self, sink: &mut impl Sink) -> Option<Ticks> {
        let latest = self.refresh_due.iter().copied().max()??;
        let mut last = None;
        while self.refresh_due.iter().flatten().any(|&due| due <= latest) {
            let best = self.idle_candidate()?;
            self.issue(&best, sink);
            last = Some(best.at);
        }
        last
    }

    fn idle_candidate(&self) -> Option<Candidate> {
        let idle = || Lane { ops: std::iter::empty::<Op>(), next: None };
        let idle: Vec<_> = self.refresh_due.iter().map(|_| idle()).collect();
        self.first_candidate(&idle, Ticks(0))
    }

    fn first_candidate<I>(&self, lanes: &[Lane<I>], from: Ticks) -> Option<Candidate> {
        let mut best: Option<Candidate> = None;
        let mut offer = |candidate: Candidate| {
            if best.is_none_or(|best| candidate.at < best.at) {
                best = Some(candidate);
            }
        };
        for (lane, (stream, &due)) in (0_u32..).zip(lanes.iter().zip(&self.refresh_due)) {
            // What cannot issue before the refresh is due waits for it.
            let mut waits = true;
            if let Some(op) = stream.next {
                let row = self.row_candidate(lane, op.row, from);
                let column = self.column_candidate(lane, op, from);
                for candidate in [row, column].into_iter().flatten() {
                    if due.is_none_or(|due| candidate.at < due) {
                        waits = false;
                        offer(candidate);
                    }
                }
            }
            if let Some(due) = due.filter(|_| waits) {
                offer(self.refresh_candidate(lane, due));
            }
        }
        best
    }

    /// The row command that brings the lane closer to having `row` open in all banks.
    fn row_candidate(&self, lane: u32, row: Option<u32>, from: Ticks) -> Option<Candidate> {
        let device = self.channel.device();
        let (row, roles) = (row?, &device.roles);
        match self.open_row(Buffer::Pim, lane) {
            OpenRow::Row(open) if open == row => None,
            OpenRow::Row(_) => Some(self.candidate(lane, roles.precharge, lane, None, from)),
            OpenRow::Closed | OpenRow::Mixed => {
                let level = device.command(roles.activate).reach;
                let whole = Node { level: Level::PseudoChannel, index: lane };
                for target in device.topology.cover(whole, level) {
                    match self.channel.open_row(Buffer::Pim, Node { level, index: target }) {
                        OpenRow::Closed => {
                            return Some(self.candidate(
                                lane,
                                roles.activate,
                                target,
                                Some(row),
                                from,
                            ));
                        }
                        OpenRow::Row(open) if open == row => {}
                        OpenRow::Row(_) | OpenRow::Mixed => {
                            return Some(self.candidate(lane, roles.precharge, lane, None, from));
                        }
                    }
                }
                None
            }
        }
    }

    fn column_candidate(&self, lane: u32, op: Op, from: Ticks) -> Option<Candidate> {
        let data = self.channel.device().command(op.command);
        let row = if matches!(data.row, RowEffect::Needs(_)) { op.row } else { None };
        let allowed = self.channel.row_allows(op.command, lane, row);
        allowed.then(|| Candidate {
            op: Some(op),
            ..self.candidate(lane, op.command, lane, row, from)
        })
    }

    fn refresh_candidate(&self, lane: u32, due: Ticks) -> Candidate {
        let roles = &self.channel.device().roles;
        let closes = [(Buffer::Pim, Some(roles.precharge)), (Buffer::Host, roles.precharge_host)];
        let open =
            closes.iter().find(|(buffer, _)| self.open_row(*buffer, lane) != OpenRow::Closed);
        let command = open.and_then(|(_, precharge)| *precharge).unwrap_or(roles.refresh);
        self.candidate(lane, command, lane, None, due)
    }

    fn candidate(
        &self,
        lane: u32,
        command: CommandId,
        target: u32,
        row: Option<u32>,
        from: Ticks,
    ) -> Candidate {
        let (from, earliest) = (from.max(self.now), self.channel.earliest(command, target));
        let because = earliest.because.filter(|_| earliest.at > from);
        Candidate { at: earliest.at.max(from), lane, because, command, target, row, op: None }
    }

    fn open_row(&self, buffer: Buffer, lane: u32) -> OpenRow {
        self.channel.open_row(buffer, Node { level: Level::PseudoChannel, index: lane })
    }

    fn issue(&mut self, best: &Candidate, sink: &mut impl Sink) {
        let &Candidate { at, lane, because, command, target, row, op } = best;
        self.channel.issue(command, target, row, at);
        self.now = at;
        let device = self.channel.device();
        if command == device.roles.refresh {
            let due = &mut self.refresh_due[lane as usize];
            *due = due.zip(device.refresh_interval).map(|(due, interval)| due + interval);
        }
        let column = op.map_or(0, |op| op.column);
        sink.issued(&Issued { at, command, target, row, column, lane, because });
    }
}
