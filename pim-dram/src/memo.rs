//! The fast path: a channel as a finite automaton.
//!
//! What a channel will do depends on its open rows, on the release times that still lie ahead and on whether now is a clock's
//! first tick, nothing else. These, counted from now, make its state. A pass from a state that no refresh interrupts always takes the same time and ends in the
//! same state, so it is simulated once and looked up afterwards; one that a refresh interrupts is looked up by its distance to
//! the refresh as well. The result is that of [`Sequencer`], tick for tick.

use rustc_hash::FxHashMap;

use crate::channel::{Channel, State};
use crate::device::Device;
use crate::grid::Grid;
use crate::pass::Pass;
use crate::refresh::Duty;
use crate::sequencer::{End, Sequencer};
use crate::tally::{Tally, Watch};
use crate::time::Ticks;

/// A channel between two passes.
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
}

/// States that were met and steps that were taken between them, for any number of channels of one device.
#[derive(Debug)]
pub struct Memo<'d> {
    device: &'d Device,
    /// Simulated steps start here, or a phase later, rather than at tick 0, so that a refresh that is overdue lies at a tick too.
    origin: Ticks,
    /// What tells two instants apart.
    grid: Grid,
    states: Vec<State>,
    ids: FxHashMap<State, u32>,
    /// Passes without refresh.
    passes: FxHashMap<(u32, Pass), Step>,
    /// Passes by their distance to each lane's refresh.
    refreshed: FxHashMap<(u32, Pass, Vec<Duty>), Step>,
    /// Rests until the next refresh is done.
    rests: FxHashMap<(u32, Vec<Duty>), Step>,
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
            passes: FxHashMap::default(),
            refreshed: FxHashMap::default(),
            rests: FxHashMap::default(),
        }
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> &'d Device {
        self.device
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
        let key = (cursor.state, *pass);
        if !self.passes.contains_key(&key) {
            let step = self.simulate(cursor.state, pass, &[]);
            self.passes.insert(key, step);
        }
        let step = &self.passes[&key];
        let last = cursor.now + step.end.issued;
        if cursor.duties.iter().all(|duty| last < duty.due) {
            return cursor.take(step, tally);
        }
        let key = (cursor.state, *pass, self.distances(cursor));
        if !self.refreshed.contains_key(&key) {
            let step = self.simulate(cursor.state, pass, &key.2);
            self.refreshed.insert(key.clone(), step);
        }
        cursor.take(&self.refreshed[&key], tally)
    }

    /// [`Sequencer::idle`].
    pub fn advance(&mut self, cursor: &mut Cursor, to: Ticks, tally: &mut Tally) {
        while cursor.duties.iter().any(|duty| duty.due < to) {
            let key = (cursor.state, self.distances(cursor));
            if !self.rests.contains_key(&key) {
                let Some(step) = self.simulate_rest(cursor.state, &key.1) else { break };
                self.rests.insert(key.clone(), step);
            }
            let step = &self.rests[&key];
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
            let mut watch = Watch::new(self.device, until);
            sequencer.idle(until, &mut watch);
            let step = self.step(&sequencer, start, End { issued: until, done: until }, watch);
            cursor.take(&step, tally);
        }
    }

    fn simulate(&mut self, state: u32, pass: &Pass, duties: &[Duty]) -> Step {
        let mut sequencer = self.resume(state, duties);
        let start = self.start(state);
        let mut watch = Watch::new(self.device, start);
        let end = sequencer.run(pass, start, &mut watch);
        self.step(&sequencer, start, end, watch)
    }

    fn simulate_rest(&mut self, state: u32, duties: &[Duty]) -> Option<Step> {
        let mut sequencer = self.resume(state, duties);
        let mut watch = Watch::new(self.device, Ticks(u64::MAX));
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
        let ahead = |duty: &Duty| (duty.due.0.wrapping_sub(end.issued.0).cast_signed(), duty.turn);
        Step {
            end: End { issued: end.issued - start, done: end.done - start },
            state,
            duties: sequencer.duties().iter().map(ahead).collect(),
            tally: watch.finish(end.issued),
        }
    }

    fn resume(&self, state: u32, duties: &[Duty]) -> Sequencer<'d> {
        let start = self.start(state);
        let state = self.states[state as usize].starting_at(start);
        Sequencer::resume(self.device, state, start, duties.to_vec())
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

    fn intern(&mut self, state: State) -> u32 {
        if let Some(&id) = self.ids.get(&state) {
            return id;
        }
        let id = u32::try_from(self.states.len()).unwrap_or(u32::MAX);
        self.states.push(state.clone());
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
