//! Runs passes on a command channel, every command at its earliest legal tick.
//!
//! A lane is what one multiply-accumulate reaches, such as a pseudo-channel. It has its own stream of column commands, issued
//! in order. Its rows follow the stream: as soon as no earlier command needs the open row, it is closed and the next one
//! opened. Lanes share the command buses; the command that can go first goes first, ties to the lower lane and to the row
//! bus. Lanes start each pass together.

use crate::channel::{Channel, OpenRow, Release, State};
use crate::device::{CommandId, Device};
use crate::family::{Buffer, RowEffect};
use crate::geometry::Node;
use crate::order::Order;
use crate::pass::{Pass, Run, Tile};
use crate::refresh::Duty;
use crate::tables::Plan;
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
    /// Lane whose stream it serves.
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

/// A command channel and its refresh duties.
#[derive(Clone, Debug)]
pub struct Sequencer<'d> {
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

/// A lane's stream, with the next commands in hand.
struct Lane<'d, I> {
    runs: I,
    /// The run in hand, and how many of its commands have gone.
    run: Option<Run>,
    done: u32,
    /// What the open rows make of it; both change only with the run and with row commands.
    row: Option<Choice<'d>>,
    column: Option<Choice<'d>>,
    /// The commands of the run address parts of the lane by turns.
    by_turns: bool,
    /// When rules allow them; [`Release::NEVER`] without a choice.
    row_release: Release,
    column_release: Release,
    /// Tick of its next refresh; the end of time without one.
    due: u64,
}

impl<'d> Sequencer<'d> {
    /// A channel at tick 0, every row closed, the first refresh one interval away.
    #[must_use]
    pub fn new(device: &'d Device) -> Self {
        let duties = device.refresh.as_ref().map_or_else(Vec::new, |plan| plan.duties());
        Self { channel: Channel::new(device), now: Ticks(0), duties }
    }

    /// A channel at tick `now`.
    pub(crate) fn resume(device: &'d Device, state: State, now: Ticks, duties: Vec<Duty>) -> Self {
        Self { channel: Channel::from_state(device, state), now, duties }
    }

    pub(crate) fn state(&self) -> &State {
        self.channel.state()
    }

    pub(crate) fn duties(&self) -> &[Duty] {
        &self.duties
    }

    /// What a refresh costs a stream: from one product of a single burst over closing the rows, refresh and opening them again
    /// to the end of the next. A refresh interval must be longer, or nothing ever gets done.
    pub(crate) fn interruption(device: &'d Device) -> Ticks {
        let tile = Tile { outputs: 1, columns: 1, order: Order::NoReuse };
        let pass = Pass { first: false, last: false, ..Pass::alone(tile, 1) };
        let mut sequencer = Self::new(device);
        let duties = std::mem::take(&mut sequencer.duties);
        let before = sequencer.run(&pass, Ticks(0), &mut ()).issued;
        sequencer.duties = duties.iter().map(|duty| Duty { due: before, ..*duty }).collect();
        let _ = sequencer.rest(&mut ());
        sequencer.duties.clear();
        sequencer.run(&pass, before, &mut ()).issued - before
    }

    /// Runs one pass on every lane, from tick `from` on; until then the channel stands idle.
    pub fn run(&mut self, pass: &Pass, from: Ticks, sink: &mut impl Sink) -> End {
        self.idle(from, sink);
        let device = self.channel.device();
        let from = if pass.first { self.switch(&device.roles.setup, from, sink) } else { from };
        let mut lanes: Vec<_> = (0..device.lanes())
            .map(|index| {
                let mut runs = pass.runs(device);
                let mut lane = Lane {
                    run: runs.next(),
                    runs,
                    done: 0,
                    row: None,
                    column: None,
                    by_turns: false,
                    row_release: Release::NEVER,
                    column_release: Release::NEVER,
                    due: self.due(index),
                };
                self.choose(index, &mut lane);
                lane
            })
            .collect();
        let mut end = End { issued: from, done: from };
        let mut busy = lanes.iter().filter(|lane| lane.run.is_some()).count();
        while busy > 0 {
            let Some(best) = self.first_candidate(&lanes, from) else { break };
            let lane = &mut lanes[best.lane as usize];
            if best.kind == Kind::Column {
                let column = lane.run.map_or(0, |run| run.first) + lane.done;
                end.issued = self.issue(&best, column, sink);
                if best.choice.command == device.roles.read_result {
                    end.done = end.issued + device.read_latency;
                }
                busy -= usize::from(self.advance(best.lane, lane));
            } else {
                self.issue(&best, 0, sink);
                for &index in &best.choice.plan.lanes {
                    let lane = &mut lanes[index as usize];
                    lane.due = self.due(index);
                    self.choose(index, lane);
                }
            }
            // Other lanes only see it where it pushes a shared release time past theirs.
            let reach = best.at + u64::from(best.choice.plan.shared);
            for lane in &mut lanes {
                if lane.row_release.at() <= reach || lane.column_release.at() <= reach {
                    self.look(lane);
                }
            }
        }
        if pass.last {
            end.issued = self.switch(&device.roles.teardown, end.issued, sink);
        }
        end.done = end.done.max(end.issued);
        end
    }

    /// Issues commands that concern whole channels, one after the other, each as soon as refresh, rows and rules allow; the tick
    /// of the last.
    fn switch(&mut self, commands: &[CommandId], from: Ticks, sink: &mut impl Sink) -> Ticks {
        let device = self.channel.device();
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
                    let at = release.at().max(earliest);
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

    /// Lets the channel stand idle until tick `until`, refreshing as it falls due.
    pub fn idle(&mut self, until: Ticks, sink: &mut impl Sink) {
        while let Some(best) = self.idle_candidate().filter(|c| c.at < until.0) {
            self.issue(&best, 0, sink);
        }
    }

    /// Stands idle until every duty has done its next refresh; the tick of the last command. `None` without refresh.
    pub(crate) fn rest(&mut self, sink: &mut impl Sink) -> Option<Ticks> {
        let latest = self.duties.iter().map(|duty| duty.due).max()?;
        let mut last = None;
        while self.duties.iter().any(|duty| duty.due <= latest) {
            let best = self.idle_candidate()?;
            last = Some(self.issue(&best, 0, sink));
        }
        last
    }

    fn idle_candidate(&self) -> Option<Candidate<'d>> {
        let mut best: Option<Candidate<'d>> = None;
        for lane in 0..self.channel.device().lanes() {
            if let Some(candidate) = self.refresh_candidate(lane)
                && best.is_none_or(|best| candidate.at < best.at)
            {
                best = Some(candidate);
            }
        }
        best
    }

    /// The lane's next command has gone; whether its stream is at an end.
    fn advance<I: Iterator<Item = Run>>(&self, index: u32, lane: &mut Lane<'d, I>) -> bool {
        lane.done += 1;
        if let Some(run) = lane.run.filter(|run| lane.done < run.count) {
            if lane.by_turns
                && let Some(choice) = &mut lane.column
            {
                let target = self.target(index, run.command, lane.done);
                *choice = self.choice(run.command, target, choice.row);
            }
            self.look(lane);
            return false;
        }
        lane.run = lane.runs.next();
        lane.done = 0;
        self.choose(index, lane);
        lane.run.is_none()
    }

    /// The row and column command that the lane wants next, as its open rows stand.
    fn choose<I>(&self, index: u32, lane: &mut Lane<'d, I>) {
        (lane.row, lane.column) = (None, None);
        let Some(run) = lane.run else { return self.look(lane) };
        lane.row = run.row.and_then(|row| self.row_choice(index, row));
        let command = self.channel.device().command(run.command);
        let needs = matches!(command.row, RowEffect::Needs(_));
        lane.by_turns = command.reach != self.channel.device().lane_level;
        let target = self.target(index, run.command, lane.done);
        let choice = self.choice(run.command, target, if needs { run.row } else { None });
        let allowed = self.channel.row_allows(choice.command, choice.target, choice.row);
        lane.column = allowed.then_some(choice);
        self.look(lane);
    }

    /// When rules allow the lane's choices.
    fn look<I>(&self, lane: &mut Lane<'d, I>) {
        let release = |choice: &Option<Choice<'d>>| {
            choice.map_or(Release::NEVER, |choice| self.channel.release(choice.plan))
        };
        lane.row_release = release(&lane.row);
        lane.column_release = release(&lane.column);
    }

    /// The node that the `number`-th command of a run addresses: the lane, or its parts by turns.
    fn target(&self, lane: u32, command: CommandId, number: u32) -> u32 {
        let device = self.channel.device();
        if device.command(command).reach == device.lane_level {
            return lane;
        }
        let targets = device.targets(lane, command);
        targets[number as usize % targets.len()]
    }

    #[inline]
    fn first_candidate<I>(&self, lanes: &[Lane<'d, I>], from: Ticks) -> Option<Candidate<'d>> {
        let from = from.max(self.now).0;
        let mut best = (Release::NEVER.at(), 0, Kind::Row);
        let mut refresh: Option<Candidate<'d>> = None;
        for (index, lane) in (0_u32..).zip(lanes) {
            let row = lane.row_release.at().max(from);
            let column = lane.column_release.at().max(from);
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

    /// When the first of a lane's refresh duties is due.
    fn due(&self, lane: u32) -> u64 {
        let plan = self.channel.device().refresh.as_ref().filter(|_| !self.duties.is_empty());
        let duties = plan.map_or(&[][..], |plan| &plan.of_lane[lane as usize]);
        duties.iter().map(|&duty| self.duties[duty].due.0).min().unwrap_or(Release::NEVER.at())
    }

    fn choice(&self, command: CommandId, target: u32, row: Option<u32>) -> Choice<'d> {
        let plan = self.channel.device().tables.plan(command, target);
        Choice { command, target, row, plan }
    }

    /// The row command that brings the lane closer to having `row` open in all banks.
    fn row_choice(&self, lane: u32, row: u32) -> Option<Choice<'d>> {
        let device = self.channel.device();
        let (roles, buffer) = (&device.roles, device.pim_buffer);
        let open = |level, index| self.channel.open_row(buffer, Node { level, index });
        match open(device.lane_level, lane) {
            OpenRow::Row(open) if open == row => return None,
            OpenRow::Closed => {}
            _ => {
                // Whatever holds another row is closed first.
                let level = device.command(roles.precharge).reach;
                for &target in device.targets(lane, roles.precharge) {
                    let banks = device.topology.banks(Node { level, index: target });
                    if self.channel.any_open_but(buffer, banks, row) {
                        return Some(self.choice(roles.precharge, target, None));
                    }
                }
            }
        }
        let level = device.command(roles.activate).reach;
        let mut targets = device.targets(lane, roles.activate).iter();
        targets.find_map(|&target| match open(level, target) {
            OpenRow::Closed => Some(self.choice(roles.activate, target, Some(row))),
            OpenRow::Row(_) => None,
            // A part of it was closed by a refresh.
            OpenRow::Mixed => {
                let first = device.targets(lane, roles.precharge)[0];
                Some(self.choice(roles.precharge, first, None))
            }
        })
    }

    /// The next command of the lane's first refresh duty.
    fn refresh_candidate(&self, lane: u32) -> Option<Candidate<'d>> {
        let device = self.channel.device();
        let plan = device.refresh.as_ref().filter(|_| !self.duties.is_empty())?;
        let duty = plan.of_lane[lane as usize].iter().copied();
        let duty = duty.min_by_key(|&duty| (self.duties[duty].due, duty))?;
        let target = plan.target(duty, self.duties[duty]);
        let choice = self.closing(plan.command, target);
        let choice = choice.unwrap_or_else(|| self.choice(plan.command, target, None));
        let release = self.channel.release(choice.plan);
        let from = self.duties[duty].due.max(self.now).0;
        let (at, because) = (release.at().max(from), release.cause(from));
        Some(Candidate { at, lane, kind: Kind::Refresh(duty), choice, because })
    }

    /// What closes the rows of the banks that a refresh is about to reach.
    fn closing(&self, refresh: CommandId, target: u32) -> Option<Choice<'d>> {
        let device = self.channel.device();
        let roles = &device.roles;
        let level = device.command(refresh).reach;
        let banks = device.topology.banks(Node { level, index: target });
        let bank = banks.iter().copied().find(|&bank| {
            [Buffer::Pim, Buffer::Host].iter().any(|&b| self.channel.row_of(b, bank).is_some())
        })?;
        let in_pim = self.channel.row_of(device.pim_buffer, bank).is_some();
        let of_bank =
            roles.precharge_bank.filter(|_| banks.len() < device.banks_per_lane() as usize);
        let command = match (in_pim, of_bank, roles.precharge_host) {
            (true, Some(command), _) => command,
            (false, _, Some(command)) => command,
            _ => roles.precharge,
        };
        let level = device.command(command).reach;
        Some(self.choice(command, device.topology.node_of(level, bank), None))
    }

    #[inline]
    fn issue(&mut self, best: &Candidate<'d>, column: u32, sink: &mut impl Sink) -> Ticks {
        let &Candidate { at, lane, kind, choice, because } = best;
        let Choice { command, target, row, .. } = choice;
        let at = Ticks(at);
        self.channel.issue(command, target, row, at);
        if let (Kind::Refresh(duty), Some(plan)) = (kind, &self.channel.device().refresh)
            && command == plan.command
        {
            self.duties[duty] = plan.done(duty, self.duties[duty]);
        }
        self.now = at;
        sink.issued(&Issued { at, command, target, row, column, lane, because });
        at
    }
}
