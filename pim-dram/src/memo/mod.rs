//! The fast path: a channel as a finite automaton.
//!
//! What a channel will do depends on its open rows, on the release times that still lie ahead and on whether now is a clock's
//! first tick, nothing else. These, counted from now, make its state. What it does from a state without being interrupted by a
//! refresh always takes the same time and ends in the same state, so it is simulated once and looked up afterwards; what a
//! refresh interrupts is looked up by its distance to the refresh as well. The result is that of [`Sequencer`], tick for tick.

mod port;
mod stretch;

use std::sync::Arc;

pub use port::Port;
pub(crate) use stretch::Stretch;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::channel::{Channel, State};
use crate::device::Device;
use crate::grid::Grid;
use crate::pass::Pass;
use crate::refresh::Duty;
use crate::sequencer::{End, Sequencer};
use crate::tally::{Tally, Watch};
use crate::time::Ticks;

/// States that are kept; one takes some kilobytes.
const MOST_STATES: usize = 1 << 14;

/// A channel between two steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    state: u32,
    now: Ticks,
    duties: Vec<Duty>,
}

impl Cursor {
    /// The tick up to which the channel has been simulated.
    #[must_use]
    pub fn now(&self) -> Ticks {
        self.now
    }
}

/// What a channel does in one step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Task {
    /// A pass of the units.
    Pass(Pass),
    /// Bursts of a host.
    Stretch(Stretch),
    /// Idle until each refresh duty has done its next one.
    Rest,
}

/// What a step from one state to the next takes.
#[derive(Clone, Debug)]
struct Step {
    /// Counted from the start of the step.
    end: End,
    state: u32,
    /// Per refresh duty: when it is due next, counted from the end of the step, and whose turn it is. Empty if the step was
    /// taken without refresh.
    duties: Vec<(i64, u32)>,
    tally: Tally,
    /// Bursts that a host read meanwhile, by pseudo-channel.
    bursts: SmallVec<[u32; 2]>,
}

/// States that were met and steps that were taken between them, for any number of channels of one device.
#[derive(Debug)]
pub struct Memo<'d> {
    device: &'d Device,
    /// Simulated steps start here, or a phase later, rather than at tick 0, so that a refresh that is overdue lies at a tick too.
    origin: Ticks,
    /// What tells two instants apart.
    grid: Grid,
    states: Vec<Arc<State>>,
    ids: FxHashMap<Arc<State>, u32>,
    /// Without refresh.
    steps: FxHashMap<(u32, Task), Step>,
    /// By the distance to each duty's refresh.
    refreshed: FxHashMap<(u32, Task, Vec<Duty>), Step>,
    /// Commands that were simulated and not looked up.
    simulated: u64,
}

impl<'d> Memo<'d> {
    /// Nothing known yet.
    #[must_use]
    pub fn new(device: &'d Device) -> Self {
        let grid = device.grid();
        Self {
            device,
            origin: Ticks(grid.align(device.refresh_interval.unwrap_or_default().0)),
            grid,
            states: Vec::new(),
            ids: FxHashMap::default(),
            steps: FxHashMap::default(),
            refreshed: FxHashMap::default(),
            simulated: 0,
        }
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> &'d Device {
        self.device
    }

    /// Commands that it took to know all this, and those of channels that could not be looked up.
    #[must_use]
    pub fn simulated_commands(&self) -> u64 {
        self.simulated
    }

    /// A channel at tick 0, every row closed, the first refresh one interval away.
    pub fn cursor(&mut self) -> Cursor {
        let state = self.intern(Channel::new(self.device).state().since(Ticks(0), self.grid));
        let duties = self.device.refresh.as_ref().map_or_else(Vec::new, |plan| plan.duties());
        Cursor { state, now: Ticks(0), duties }
    }

    /// [`Sequencer::run`], with what it did added to `tally`.
    pub fn run(&mut self, cursor: &mut Cursor, pass: &Pass, from: Ticks, tally: &mut Tally) -> End {
        self.advance(cursor, from, tally);
        cursor.take(self.pass(cursor, pass), tally)
    }

    /// A pass from where a channel stands.
    fn pass(&mut self, cursor: &Cursor, pass: &Pass) -> &Step {
        self.find(cursor, Task::Pass(*pass), |memo, mut sequencer, start| {
            let mut watch = Watch::new(memo.device);
            let end = sequencer.run(pass, start, &mut watch);
            memo.step(&sequencer, start, end, watch)
        })
    }

    /// [`Sequencer::idle`].
    pub fn advance(&mut self, cursor: &mut Cursor, to: Ticks, tally: &mut Tally) {
        while cursor.duties.iter().any(|duty| duty.due < to) {
            let key = (cursor.state, Task::Rest, self.distances(cursor));
            if !self.refreshed.contains_key(&key) {
                let Some(step) = self.simulate_rest(cursor.state, &key.2) else { break };
                self.refreshed.insert(key.clone(), step);
            }
            let step = &self.refreshed[&key];
            if cursor.now + step.end.issued >= to {
                break;
            }
            cursor.take(step, tally);
        }
        if to > cursor.now {
            // At most the first commands of a refresh are left to do.
            let mut sequencer = self.resume(cursor.state, &self.distances(cursor));
            let start = self.start(cursor.state);
            let until = start + (to - cursor.now);
            let mut watch = Watch::new(self.device);
            sequencer.idle(until, &mut watch);
            let step = self.step(&sequencer, start, End { issued: until, done: until }, watch);
            cursor.take(&step, tally);
        }
    }

    /// The step that a task takes from where a channel stands, simulated from a tick on unless it is known.
    fn find(
        &mut self,
        cursor: &Cursor,
        task: Task,
        simulate: impl Fn(&mut Self, Sequencer<'d>, Ticks) -> Step,
    ) -> &Step {
        let start = self.start(cursor.state);
        let key = (cursor.state, task);
        if !self.steps.contains_key(&key) {
            let sequencer = self.resume(cursor.state, &[]);
            let step = simulate(self, sequencer, start);
            self.steps.insert(key.clone(), step);
        }
        let last = cursor.now + self.steps[&key].end.issued;
        if cursor.duties.iter().all(|duty| last < duty.due) {
            return &self.steps[&key];
        }
        let key = (key.0, key.1, self.distances(cursor));
        if !self.refreshed.contains_key(&key) {
            let sequencer = self.resume(cursor.state, &key.2);
            let step = simulate(self, sequencer, start);
            self.refreshed.insert(key.clone(), step);
        }
        &self.refreshed[&key]
    }

    fn simulate_rest(&mut self, state: u32, duties: &[Duty]) -> Option<Step> {
        let mut sequencer = self.resume(state, duties);
        let mut watch = Watch::new(self.device);
        let last = sequencer.rest(&mut watch)?;
        Some(self.step(&sequencer, self.start(state), End { issued: last, done: last }, watch))
    }

    fn step(
        &mut self,
        sequencer: &Sequencer<'d>,
        start: Ticks,
        end: End,
        watch: Watch<'_>,
    ) -> Step {
        let state = self.intern(sequencer.state().since(end.issued, self.grid));
        let tally = watch.finish();
        self.simulated += tally.total_commands();
        let ahead = |duty: &Duty| (duty.due.0.wrapping_sub(end.issued.0).cast_signed(), duty.turn);
        Step {
            end: End { issued: end.issued - start, done: end.done - start },
            state,
            duties: sequencer.duties().iter().map(ahead).collect(),
            tally,
            bursts: SmallVec::new(),
        }
    }

    fn resume(&self, state: u32, duties: &[Duty]) -> Sequencer<'d> {
        let start = self.start(state);
        let state = self.states[state as usize].starting_at(start);
        Sequencer::resume(self.device, state, start, duties.to_vec())
    }

    /// Where a channel stands after its last command.
    fn lift(&mut self, sequencer: &Sequencer<'d>) -> Cursor {
        let now = sequencer.now();
        let state = self.intern(sequencer.state().since(now, self.grid));
        Cursor { state, now, duties: sequencer.duties().to_vec() }
    }

    /// The channel that stands there.
    fn settle(&self, cursor: &Cursor) -> Sequencer<'d> {
        let state = self.states[cursor.state as usize].starting_at(cursor.now);
        Sequencer::resume(self.device, state, cursor.now, cursor.duties.clone())
    }

    /// Where steps from a state are simulated.
    fn start(&self, state: u32) -> Ticks {
        self.origin + self.states[state as usize].phase()
    }

    /// When each duty is due, if the cursor stood where steps from its state are simulated.
    fn distances(&self, cursor: &Cursor) -> Vec<Duty> {
        let start = self.start(cursor.state);
        let shift = |due: Ticks| Ticks((due + start).0.saturating_sub(cursor.now.0));
        cursor.duties.iter().map(|duty| Duty { due: shift(duty.due), ..*duty }).collect()
    }

    /// Whether so much is known that it takes room which what is new needs.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.states.len() >= MOST_STATES
    }

    /// Forgets all but where some channels stand; other cursors are of no use afterwards.
    pub fn trim<'c>(&mut self, cursors: impl Iterator<Item = &'c mut Cursor>) {
        let states = std::mem::take(&mut self.states);
        self.ids.clear();
        self.steps.clear();
        self.refreshed.clear();
        for cursor in cursors {
            cursor.state = self.intern(State::clone(&states[cursor.state as usize]));
        }
    }

    /// Whether a row is open for the units.
    fn any_row_open(&self, cursor: &Cursor) -> bool {
        self.states[cursor.state as usize].any_open(self.device.pim_buffer)
    }

    fn intern(&mut self, state: State) -> u32 {
        if let Some(&id) = self.ids.get(&state) {
            return id;
        }
        let id = u32::try_from(self.states.len()).unwrap_or(u32::MAX);
        let state = Arc::new(state);
        self.states.push(Arc::clone(&state));
        self.ids.insert(state, id);
        id
    }
}

impl Cursor {
    /// Takes a step; the end in absolute ticks.
    fn take(&mut self, step: &Step, tally: &mut Tally) -> End {
        *tally += &step.tally;
        let end = End { issued: self.now + step.end.issued, done: self.now + step.end.done };
        self.now = end.issued;
        self.state = step.state;
        for (duty, &(ahead, turn)) in self.duties.iter_mut().zip(&step.duties) {
            *duty = Duty { due: Ticks(self.now.0.saturating_add_signed(ahead)), turn };
        }
        end
    }
}
