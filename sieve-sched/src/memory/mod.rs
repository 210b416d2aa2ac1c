//! The memory of one GPU: channels whose PIM units work off jobs while the GPU reads, at once and command by command.
//!
//! Every channel of a group does alike, and groups that have done alike so far are simulated once, as one class. What the GPU
//! reads lies evenly over all channels; a read or a piece of work ends when the last channel is through with it.

mod class;

use pim_dram::Ticks;
use pim_dram::device::Device;
use pim_dram::job::Job;
use pim_dram::memo::Memo;
use pim_dram::sequencer::Arbitration;
use pim_dram::tally::Tally;

use self::class::{Class, End};
use crate::time::Femtos;

/// Jobs for the channels of a GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// Lists of jobs, each for an equal run of channel groups; a single one is for all.
    pub jobs: Vec<Vec<Job>>,
    /// Where the times of expert jobs are entered; `None` for attention.
    pub ledger: Option<usize>,
}

/// Who has something done by the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// PIM units.
    Pim,
    /// The GPU, which reads.
    Host,
}

impl Side {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Pim, Self::Host];
}

/// The channels of one GPU. Each side does one thing at a time.
#[derive(Clone)]
pub struct Memory<'d> {
    device: &'d Device,
    now: State<'d>,
    /// As it was when something last began or ended: where simulation goes back to if the next thing begins before it has come to.
    begun: State<'d>,
}

#[derive(Clone)]
struct State<'d> {
    classes: Vec<Class<'d>>,
    /// Per side, when what it does now began.
    since: [Option<Ticks>; 2],
    tally: Tally,
}

/// What a piece of work took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worked {
    /// Time of each job, as in [`Work::jobs`]; of the first group of its run.
    pub jobs: Vec<Vec<Ticks>>,
    /// Per channel group, time until it was through.
    pub groups: Vec<Ticks>,
}

impl<'d> Memory<'d> {
    /// Channels at tick 0, in so many groups. `None` for a device without commands for a host.
    #[must_use]
    pub fn new(device: &'d Device, groups: usize, arbitration: Arbitration) -> Option<Self> {
        let channels = u64::from(device.spec.geometry.channels) / groups as u64;
        let class = Class::new(device, groups, channels, arbitration)?;
        let state = State { classes: vec![class], since: [None; 2], tally: Tally::new(device) };
        Some(Self { device, now: state.clone(), begun: state })
    }

    /// The units begin to work, at the first tick from `start` on.
    pub fn work(&mut self, memo: &mut Memo<'d>, work: &Work, start: Femtos) {
        let from = self.go_to(memo, start);
        self.now.split(work);
        for class in &mut self.now.classes {
            class.work(work, from);
        }
        self.begin(Side::Pim, from);
    }

    /// The GPU begins to read so many bytes, rounded up to whole bursts of every pseudo-channel.
    pub fn read(&mut self, memo: &mut Memo<'d>, bytes: u64, start: Femtos) {
        let from = self.go_to(memo, start);
        let geometry = &self.device.spec.geometry;
        let at_once = u64::from(geometry.total_pseudo_channels()) * u64::from(geometry.burst_bytes);
        let bursts = bytes.div_ceil(at_once);
        self.now.classes.iter_mut().for_each(|class| class.read(bursts, from));
        self.begin(Side::Host, from);
    }

    /// Simulates until a side is through or tick `until` is reached: the side that is through first, and when. It is `None` if
    /// none is as far as simulated.
    pub fn next(&mut self, memo: &mut Memo<'d>, until: Ticks) -> Option<(Side, Ticks)> {
        loop {
            let ends = Side::ALL.map(|side| self.now.end(side));
            let known = Side::ALL.iter().zip(ends).filter_map(|(&side, end)| match end {
                Some(End::At(at)) => Some((at, side)),
                _ => None,
            });
            let first = known.min();
            let unknown = ends.iter().filter_map(|end| match end {
                Some(End::NotBefore(at)) => Some(*at),
                _ => None,
            });
            let unknown = unknown.min();
            if let Some((at, side)) = first.filter(|&(at, _)| unknown.is_none_or(|u| at <= u)) {
                return Some((side, at));
            }
            if !self.now.advance(memo, until, ends) {
                return None;
            }
        }
    }

    /// What the units did is through.
    pub fn worked(&mut self, work: &Work) -> Worked {
        let from = self.now.since[Side::Pim as usize].take().unwrap_or_default();
        let groups = self.now.classes.iter().map(|class| class.groups().len()).sum();
        let mut worked =
            Worked { jobs: vec![Vec::new(); work.jobs.len()], groups: vec![Ticks(0); groups] };
        let run = groups / work.jobs.len().max(1);
        for class in &mut self.now.classes {
            let jobs = class.take_jobs(from);
            let through = class.through(from);
            for &group in class.groups() {
                worked.groups[group] = through;
                if group.is_multiple_of(run) {
                    worked.jobs[group / run].clone_from(&jobs);
                }
            }
        }
        self.begun = self.now.clone();
        worked
    }

    /// What the GPU read is through.
    pub fn was_read(&mut self) {
        self.now.since[Side::Host as usize] = None;
        self.begun = self.now.clone();
    }

    /// Commands of all channels, and attributed time summed over them, since the last call.
    pub fn take_tally(&mut self) -> Tally {
        self.now.count();
        std::mem::replace(&mut self.now.tally, Tally::new(self.device))
    }

    /// Lets a memo that only these use forget what they no longer need, once it is full.
    pub fn trim(memories: &mut [Self], memo: &mut Memo<'d>) {
        if memo.is_full() {
            let states =
                memories.iter_mut().flat_map(|memory| [&mut memory.now, &mut memory.begun]);
            memo.trim(states.flat_map(|state| &mut state.classes).filter_map(Class::lead));
        }
    }

    /// Brings every channel to the first tick from an instant on.
    fn go_to(&mut self, memo: &mut Memo<'d>, start: Femtos) -> Ticks {
        let from = self.device.clock.tick_at(start);
        if self.now.classes.iter().any(|class| class.is_past(from)) {
            self.now = self.begun.clone();
        }
        self.now.classes.iter_mut().for_each(|class| class.go_to(memo, from));
        self.now.merge();
        from
    }

    fn begin(&mut self, side: Side, from: Ticks) {
        self.now.since[side as usize] = Some(from);
        self.begun = self.now.clone();
    }
}

impl<'d> State<'d> {
    /// When a side is through, if it does something.
    fn end(&self, side: Side) -> Option<End> {
        let since = self.since[side as usize]?;
        let ends = self.classes.iter().map(|class| class.end(side, since));
        ends.reduce(End::later)
    }

    /// Brings the channels that are behind forward, at most to where the first side may be through; whether any moved.
    fn advance(&mut self, memo: &mut Memo<'d>, until: Ticks, ends: [Option<End>; 2]) -> bool {
        let since = self.since;
        let mut behind: Option<(Ticks, Ticks, &mut Class<'d>)> = None;
        for class in &mut self.classes {
            let Some(bound) = class.bound(since, ends) else { continue };
            let at = class.at();
            // Where all wait for each other the next tick settles it.
            let bound = bound.max(at + Ticks(1)).min(until);
            if at < bound && behind.as_ref().is_none_or(|&(least, ..)| at < least) {
                behind = Some((at, bound, class));
            }
        }
        let Some((_, bound, class)) = behind else { return false };
        class.advance(memo, bound);
        true
    }

    /// Cuts classes whose groups get different jobs.
    fn split(&mut self, work: &Work) {
        if work.jobs.len() == 1 {
            return;
        }
        self.count();
        self.classes = self.classes.drain(..).flat_map(|class| class.split(work)).collect();
    }

    /// Joins classes that stand alike.
    fn merge(&mut self) {
        if self.classes.len() == 1 {
            return;
        }
        self.count();
        let mut merged: Vec<Class<'d>> = Vec::new();
        for class in self.classes.drain(..) {
            match merged.iter_mut().find(|other| other.alike(&class, self.since)) {
                Some(other) => other.join(class),
                None => merged.push(class),
            }
        }
        self.classes = merged;
    }

    /// Enters what the channels did.
    fn count(&mut self) {
        for class in &mut self.classes {
            let (tally, channels) = class.take_tally();
            self.tally.add(&tally, channels);
        }
    }
}
