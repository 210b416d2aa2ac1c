//! Banks that want one command, in the order of their age, and when the first of them may have it.
//!
//! What holds a bank back is cut in three: release times of its own, those that it shares with part of its pseudo-channel, and
//! those of the whole pseudo-channel or more. Banks whose own times lie ahead are set aside until then; the others stand in
//! line. So few banks are looked at on a tick, however many wait.

use std::collections::{BTreeMap, VecDeque};

use crate::channel::{Channel, Release};
use crate::dram::{CommandId, Dram};
use crate::family::Bus;
use crate::geometry::{Level, Node};
use crate::grid::Grid;

/// The order among banks that want a command: the least goes first.
pub(super) type Age = u64;

/// The end of time, on every edge of the clock.
const NEVER: u64 = u64::MAX - 1;

/// No bank's age.
pub(super) const NOBODY: Age = Age::MAX;

/// A number that no release time has.
const NO_SLOT: u32 = u32::MAX;

/// Lists of release times, one for each of several nodes, in groups of `N`: most devices have one group or none, and to look at
/// always as many costs less than to count.
#[derive(Clone, Debug)]
struct Slots<const N: usize> {
    /// Per node.
    groups: usize,
    slots: Vec<[u32; N]>,
}

impl<const N: usize> Slots<N> {
    /// Short lists are filled up with their last number.
    fn new(lists: Vec<Vec<u32>>) -> Self {
        let groups = lists.iter().map(|list| list.len().div_ceil(N)).max().unwrap_or_default();
        let slot = |list: &[u32], place: usize| {
            list.get(place).or(list.last()).copied().unwrap_or(NO_SLOT)
        };
        let group = |list: &[u32], first| std::array::from_fn(|place| slot(list, first + place));
        let of_list =
            |list: &Vec<u32>| (0..groups).map(|index| group(list, index * N)).collect::<Vec<_>>();
        Self { groups, slots: lists.iter().flat_map(of_list).collect() }
    }

    /// The latest of a node's; a call would cost as much as looking.
    #[inline(always)]
    fn latest(&self, channel: &Channel<'_>, node: usize) -> u64 {
        let of = |group: &[u32; N]| {
            group.iter().fold(Release::default(), |latest, &slot| latest.max(channel.slot(slot)))
        };
        match self.groups {
            0 => 0,
            1 => of(&self.slots[node]).at(),
            groups => {
                let groups = self.slots[node * groups..(node + 1) * groups].iter();
                groups.map(of).max().unwrap_or_default().at()
            }
        }
    }
}

/// What holds back a command.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) command: CommandId,
    bus: Bus,
    grid: Grid,
    pseudo_channels: usize,
    /// Per bank: its pseudo-channel.
    pseudo_channel: Vec<u32>,
    /// Per bank.
    own: Slots<1>,
    /// Per bank: shared with some, but not all, of the pseudo-channel.
    near: Slots<4>,
    /// Per pseudo-channel.
    wide: Slots<4>,
}

impl Plan {
    pub(super) fn new(dram: &Dram, command: CommandId) -> Self {
        let topology = &dram.topology;
        let banks = topology.count(Level::Bank);
        let mut probed_by: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for bank in 0..banks {
            let plan = dram.tables.plan(command, bank);
            let windows = plan.windows.iter().map(|window| window.first + window.weight - 1);
            for slot in plan.probes.iter().copied().chain(windows) {
                probed_by.entry(slot).or_default().push(bank);
            }
        }
        let pseudo_channels = 0..topology.count(Level::PseudoChannel);
        let mut wide = vec![Vec::new(); pseudo_channels.len()];
        let (mut own, mut near) =
            (vec![Vec::new(); banks as usize], vec![Vec::new(); banks as usize]);
        for (slot, probed_by) in probed_by {
            for index in pseudo_channels.clone() {
                let all = topology.banks(Node { level: Level::PseudoChannel, index });
                let here: Vec<_> = all.iter().filter(|&bank| probed_by.contains(bank)).collect();
                if here.len() == all.len() {
                    wide[index as usize].push(slot);
                } else {
                    let lists = if probed_by.len() == 1 { &mut own } else { &mut near };
                    here.iter().for_each(|&&bank| lists[bank as usize].push(slot));
                }
            }
        }
        let data = dram.command(command);
        Self {
            command,
            bus: data.bus,
            grid: Grid::new(dram.clock, data.edge),
            pseudo_channels: wide.len(),
            pseudo_channel: (0..banks).map(|b| topology.node_of(Level::PseudoChannel, b)).collect(),
            own: Slots::new(own),
            near: Slots::new(near),
            wide: Slots::new(wide),
        }
    }

    /// When rules let a bank have the command.
    #[inline]
    fn release(&self, channel: &Channel<'_>, bank: u32) -> u64 {
        let bank = bank as usize;
        self.own.latest(channel, bank).max(self.near.latest(channel, bank))
    }
}

/// The line of one pseudo-channel.
#[derive(Clone, Debug)]
struct Line {
    /// Banks whose own release times have passed when they were entered, by age.
    ready: VecDeque<(Age, u32)>,
    /// Banks set aside, with their own release times, the first one first.
    aside: VecDeque<(u64, u32)>,
    /// Before this tick none of them may have the command. Commands only ever move that back, so it need not be kept exact.
    next: u64,
}

/// Banks that want a command.
#[derive(Clone, Debug)]
pub(super) struct Candidates {
    /// Per pseudo-channel.
    lines: Vec<Line>,
    /// Per bank: its age, [`NOBODY`] if it does not want the command.
    age: Vec<Age>,
    /// The first of the lines' times, on the clock edge of the command.
    next: u64,
}

impl Candidates {
    pub(super) fn new(plan: &Plan) -> Self {
        let line = Line { ready: VecDeque::new(), aside: VecDeque::new(), next: NEVER };
        let lines = vec![line; plan.pseudo_channels];
        Self { lines, age: vec![NOBODY; plan.pseudo_channel.len()], next: NEVER }
    }

    /// A bank wants the command from now on, or no longer.
    #[inline]
    pub(super) fn want(&mut self, plan: &Plan, channel: &Channel<'_>, bank: u32, age: Age) {
        if self.age[bank as usize] != age {
            self.change(plan, channel, bank, age);
        }
    }

    #[inline(never)]
    fn change(&mut self, plan: &Plan, channel: &Channel<'_>, bank: u32, age: Age) {
        let known = std::mem::replace(&mut self.age[bank as usize], age);
        let pseudo_channel = plan.pseudo_channel[bank as usize] as usize;
        let line = &mut self.lines[pseudo_channel];
        if known == NOBODY {
            let own = plan.own.latest(channel, bank as usize);
            line.set_aside(own, bank);
            if own < line.next {
                let near = plan.near.latest(channel, bank as usize);
                let wide = plan.wide.latest(channel, pseudo_channel);
                line.next = line.next.min(own.max(near).max(wide));
                self.next = self.next.min(line.next);
            }
        } else if let Some(place) = line.ready.iter().position(|&(_, other)| other == bank) {
            line.leave(place);
            if age != NOBODY {
                line.enter(age, bank);
            }
        } else if age == NOBODY {
            line.aside.retain(|&(_, other)| other != bank);
        }
    }

    /// A tick before which no bank may have the command, as known.
    #[inline]
    pub(super) fn known(&self) -> u64 {
        self.next
    }

    /// A tick from `soon` on before which no bank may have the command; the end of time if none wants it.
    #[inline]
    pub(super) fn next(&mut self, plan: &Plan, channel: &Channel<'_>, soon: u64) -> u64 {
        if self.next < soon {
            self.find_next(plan, channel, soon);
        }
        self.next
    }

    #[inline(never)]
    fn find_next(&mut self, plan: &Plan, channel: &Channel<'_>, soon: u64) {
        let mut next = NEVER;
        for (index, line) in self.lines.iter_mut().enumerate() {
            if line.next < soon {
                line.next = line.find_next(plan, channel, index, soon);
            }
            next = next.min(line.next);
        }
        self.next = plan.grid.align(next);
    }

    /// Whether a bank might have the command on tick `now` of that bus.
    #[inline]
    pub(super) fn due(&self, plan: &Plan, bus: Bus, now: u64) -> bool {
        self.next <= now && plan.bus == bus && plan.grid.align(now) == now
    }

    /// The oldest bank that may have the command on tick `now`, with its age.
    pub(super) fn oldest(
        &mut self,
        plan: &Plan,
        channel: &Channel<'_>,
        now: u64,
    ) -> Option<(Age, u32)> {
        let mut oldest: Option<(Age, u32)> = None;
        for (index, line) in self.lines.iter_mut().enumerate() {
            if line.next > now {
                continue;
            }
            line.let_in(&self.age, now);
            if line.ready.is_empty() || plan.wide.latest(channel, index) > now {
                continue;
            }
            let mut place = 0;
            while let Some(&(age, bank)) = line.ready.get(place) {
                if oldest.is_some_and(|(oldest, _)| oldest < age) {
                    break;
                }
                let own = plan.own.latest(channel, bank as usize);
                if own > now {
                    line.leave(place);
                    line.set_aside(own, bank);
                } else if plan.near.latest(channel, bank as usize) > now {
                    place += 1;
                } else {
                    oldest = Some((age, bank));
                    break;
                }
            }
        }
        oldest
    }

    /// Whether a bank that wants the command may have it on tick `now`.
    pub(super) fn may(&self, plan: &Plan, channel: &Channel<'_>, bank: u32, now: u64) -> bool {
        let pseudo_channel = plan.pseudo_channel[bank as usize] as usize;
        let release = plan.release(channel, bank).max(plan.wide.latest(channel, pseudo_channel));
        release <= now && plan.grid.align(now) == now
    }
}

impl Line {
    /// A tick from `soon` on before which none of these banks may have the command.
    #[inline]
    fn find_next(
        &self,
        plan: &Plan,
        channel: &Channel<'_>,
        pseudo_channel: usize,
        soon: u64,
    ) -> u64 {
        if self.ready.is_empty() && self.aside.is_empty() {
            return NEVER;
        }
        let wide = plan.wide.latest(channel, pseudo_channel).max(soon);
        if !self.ready.is_empty() && wide > soon {
            // Who stands in line is looked at then.
            return wide;
        }
        let mut first = self.first_aside();
        for &(_, bank) in &self.ready {
            first = first.min(plan.release(channel, bank));
            if first <= wide {
                break;
            }
        }
        first.max(wide)
    }

    #[inline]
    fn enter(&mut self, age: Age, bank: u32) {
        insert(&mut self.ready, age, bank);
    }

    #[inline]
    fn leave(&mut self, place: usize) {
        if place == 0 {
            self.ready.pop_front();
        } else {
            self.ready.remove(place);
        }
    }

    #[inline]
    fn set_aside(&mut self, until: u64, bank: u32) {
        insert(&mut self.aside, until, bank);
    }

    #[inline]
    fn first_aside(&self) -> u64 {
        self.aside.front().map_or(NEVER, |&(until, _)| until)
    }

    /// Banks whose time has come stand in line from now on.
    #[inline]
    fn let_in(&mut self, age: &[Age], now: u64) {
        while let Some((_, bank)) = self.aside.pop_front_if(|&mut (until, _)| until <= now) {
            self.enter(age[bank as usize], bank);
        }
    }
}

/// Puts a bank into an ascending list; most come last.
#[inline(always)]
fn insert(list: &mut VecDeque<(u64, u32)>, key: u64, bank: u32) {
    if list.back().is_none_or(|&(last, _)| last <= key) {
        list.push_back((key, bank));
    } else {
        insert_before(list, key, bank);
    }
}

#[inline(never)]
fn insert_before(list: &mut VecDeque<(u64, u32)>, key: u64, bank: u32) {
    let before = list.iter().rposition(|&(other, _)| other <= key);
    list.insert(before.map_or(0, |before| before + 1), (key, bank));
}
