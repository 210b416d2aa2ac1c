//! Runs passes on a command channel, every command at its earliest legal tick.
//!
//! A lane is what one multiply-accumulate reaches, such as a pseudo-channel. It has its own stream of column commands, issued
//! in order. Its rows follow the stream: as soon as no earlier command needs the open row, it is closed and the next one
//! opened. Lanes share the command buses; the command that can go first goes first, ties to the lower lane and to the row
//! bus. Lanes start each pass together.

mod claims;
mod duties;
mod host;
mod issued;
mod lane;
mod lone;
mod mix;
mod running;
mod turn;

pub use issued::{End, Issued, Sink};
pub use mix::Mix;
pub use turn::Arbitration;

use self::lane::Lane;
use crate::channel::{Channel, Release, State};
use crate::device::{CommandId, Device};
use crate::family::RowEffect;
use crate::pass::Pass;
use crate::refresh::Duty;
use crate::tables::Plan;
use crate::time::Ticks;

/// A command channel and its refresh duties.
#[derive(Clone, Debug)]
pub struct Sequencer<'d> {
    device: &'d Device,
    channel: Channel<'d>,
    /// Tick of the last command: what waited for a refresh does not go into the past.
    now: Ticks,
    duties: Vec<Duty>,
}

/// A command without its time.
#[derive(Clone, Copy, Debug)]
struct Choice<'d> {
    command: CommandId,
    target: u32,
    row: Option<u32>,
    plan: &'d Plan,
}

/// What a command is to its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Brings the rows closer to what the stream needs.
    Row,
    /// The next of the stream.
    Column,
    /// Does a refresh duty, or closes rows for it.
    Refresh(usize),
}

/// A command and its tick.
#[derive(Clone, Copy)]
struct Candidate<'d> {
    at: u64,
    lane: u32,
    kind: Kind,
    choice: Choice<'d>,
    /// The earlier command that kept it until then.
    because: Option<CommandId>,
}

impl<'d> Sequencer<'d> {
    /// A channel at tick 0, every row closed, the first refresh one interval away.
    #[must_use]
    pub fn new(device: &'d Device) -> Self {
        let duties = device.refresh.as_ref().map_or_else(Vec::new, |plan| plan.duties());
        Self { device, channel: Channel::new(device), now: Ticks(0), duties }
    }

    /// A channel at tick `now`.
    pub(crate) fn resume(device: &'d Device, state: State, now: Ticks, duties: Vec<Duty>) -> Self {
        Self { device, channel: Channel::from_state(device, state), now, duties }
    }

    pub(crate) fn state(&self) -> &State {
        self.channel.state()
    }

    /// Tick of the last command.
    pub(crate) fn now(&self) -> Ticks {
        self.now
    }

    pub(crate) fn duties(&self) -> &[Duty] {
        &self.duties
    }

    /// Runs one pass on every lane, from tick `from` on; until then the channel stands idle.
    pub fn run(&mut self, pass: &Pass, from: Ticks, sink: &mut impl Sink) -> End {
        self.idle(from, sink);
        let mut running = self.start(*pass, from, sink);
        while running.busy > 0 {
            let Some(best) = self.first_candidate(&running.lanes, running.from) else { break };
            self.take(&mut running, &best, sink);
            self.follow(&best.choice, &mut running.lanes);
        }
        self.finish(running, sink)
    }

    /// Issues commands that concern whole channels, one after the other, each as soon as refresh, rows and rules allow; the tick
    /// of the last.
    fn switch(&mut self, commands: &[CommandId], from: Ticks, sink: &mut impl Sink) -> Ticks {
        let device = self.device;
        let mut last = from;
        for &command in commands {
            for target in 0..device.topology.count(device.command(command).reach) {
                loop {
                    let closing = match device.command(command).row {
                        RowEffect::Closed | RowEffect::Refreshes => self.closing(command, target),
                        _ => None,
                    };
                    let choice = closing.unwrap_or_else(|| self.choice(command, target, None));
                    let release = self.channel.release(choice.plan);
                    let earliest = last.max(self.now).0;
                    let at = choice.plan.grid.align(release.at().max(earliest));
                    // What cannot issue before a refresh is due waits for it.
                    let due = self.duties.iter().any(|duty| duty.due.0 <= at);
                    if let Some(refresh) = self.idle_candidate().filter(|_| due) {
                        self.issue(&refresh, 0, sink);
                        continue;
                    }
                    let because = release.cause(earliest);
                    let lane = choice.plan.lanes[0];
                    let candidate = Candidate { at, lane, kind: Kind::Row, choice, because };
                    last = self.issue(&candidate, 0, sink);
                    if choice.command == command {
                        break;
                    }
                }
            }
        }
        last
    }

    #[inline]
    fn first_candidate(&self, lanes: &[Lane<'d>], from: Ticks) -> Option<Candidate<'d>> {
        let from = from.max(self.now).0;
        let mut best = (Release::NEVER.at(), 0, Kind::Row);
        let mut refresh: Option<Candidate<'d>> = None;
        for (index, lane) in (0_u32..).zip(lanes) {
            let row = lane.row_grid.align(lane.row_release.at().max(from));
            let column = lane.column_grid.align(lane.column_release.at().max(from));
            // What cannot issue before the refresh is due waits for it.
            if row.min(column) >= lane.due {
                let candidate = self.refresh_candidate(index);
                if let Some(candidate) = candidate.filter(|candidate| candidate.at < best.0) {
                    best = (candidate.at, index, candidate.kind);
                    refresh = Some(candidate);
                }
            } else if row <= column {
                if row < best.0 {
                    best = (row, index, Kind::Row);
                }
            } else if column < best.0 {
                best = (column, index, Kind::Column);
            }
        }
        let (at, lane, kind) = best;
        let stream = &lanes[lane as usize];
        let (choice, release) = match kind {
            Kind::Row => (stream.row, stream.row_release),
            Kind::Column => (stream.column, stream.column_release),
            Kind::Refresh(_) => return refresh,
        };
        choice.map(|choice| Candidate { at, lane, kind, choice, because: release.cause(from) })
    }

    fn choice(&self, command: CommandId, target: u32, row: Option<u32>) -> Choice<'d> {
        let plan = self.device.tables.plan(command, target);
        Choice { command, target, row, plan }
    }

    #[inline]
    fn issue(&mut self, best: &Candidate<'d>, column: u32, sink: &mut impl Sink) -> Ticks {
        let &Candidate { at, lane, kind, choice, because } = best;
        let Choice { command, target, row, .. } = choice;
        let at = Ticks(at);
        self.channel.issue(command, target, row, at);
        if let (Kind::Refresh(duty), Some(plan)) = (kind, &self.device.refresh)
            && command == plan.command
        {
            self.duties[duty] = plan.done(duty, self.duties[duty]);
        }
        self.now = at;
        sink.issued(&Issued { at, command, target, row, column, lane, because });
        at
    }
}
