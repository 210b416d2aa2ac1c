//! Nodes as numbers within numbers: bank 2 of bank group 1 of rank 0 of pseudo-channel 1.

use super::PLACES;
use crate::geometry::{Level, Node, Topology};

/// The levels that number a node of `level`, coarsest first; each counts within the one before.
fn path(level: Level) -> &'static [Level] {
    use Level::{Bank, BankGroup, Channel, Gang, PseudoChannel, Rank, SameBank, UnitBank};
    match level {
        Channel => &[],
        PseudoChannel => &[PseudoChannel],
        Rank => &[PseudoChannel, Rank],
        BankGroup => &[PseudoChannel, Rank, BankGroup],
        Gang => &[PseudoChannel, Rank, Gang],
        SameBank => &[PseudoChannel, Rank, SameBank],
        UnitBank => &[PseudoChannel, UnitBank],
        Bank => &[PseudoChannel, Rank, BankGroup, Bank],
    }
}

fn parent(level: Level) -> Level {
    path(level).iter().rev().nth(1).copied().unwrap_or(Level::Channel)
}

/// The place of a level in [`PLACES`], if it has one.
fn place(level: Level) -> Option<usize> {
    PLACES.iter().position(|&place| place == level)
}

/// Numbers of a node, in the order of [`PLACES`].
pub(super) type Numbers<T> = [Option<T>; PLACES.len()];

/// Why numbers are no node.
pub(super) enum Misplaced {
    /// The number of that place must be at most this.
    Outside(usize, u32),
    /// The place must be empty.
    NotEmpty(usize),
}

/// The numbers of every node of a channel.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    /// Per level and node of the level above: its nodes.
    children: [Vec<Vec<u32>>; Level::ALL.len()],
    /// Per level and node: the node above, and its number there.
    places: [Vec<(u32, u32)>; Level::ALL.len()],
}

impl Addresses {
    pub(super) fn new(topology: &Topology) -> Self {
        let mut children: [Vec<Vec<u32>>; Level::ALL.len()] = Default::default();
        let mut places: [Vec<(u32, u32)>; Level::ALL.len()] = Default::default();
        for level in PLACES {
            let parents = parent(level);
            let mut above = vec![0; topology.count(Level::Bank) as usize];
            for index in 0..topology.count(parents) {
                let banks = topology.banks(Node { level: parents, index });
                banks.iter().for_each(|&bank| above[bank as usize] = index);
            }
            let children = &mut children[level as usize];
            children.resize(topology.count(parents) as usize, Vec::new());
            for index in 0..topology.count(level) {
                let bank = topology.banks(Node { level, index }).first();
                let parent = bank.map_or(0, |&bank| above[bank as usize]);
                let siblings = &mut children[parent as usize];
                places[level as usize].push((parent, count(siblings)));
                siblings.push(index);
            }
        }
        Self { children, places }
    }

    /// The numbers of a node.
    pub(super) fn numbers(&self, node: Node) -> Numbers<u32> {
        let mut numbers = Numbers::default();
        let mut index = node.index;
        for &level in path(node.level).iter().rev() {
            let (parent, number) = self.places[level as usize][index as usize];
            if let Some(place) = place(level) {
                numbers[place] = Some(number);
            }
            index = parent;
        }
        numbers
    }

    /// The node of `level` with these numbers; where there is only one to choose, its number may be missing.
    pub(super) fn node(&self, level: Level, numbers: &Numbers<u64>) -> Result<u32, Misplaced> {
        let mut index = 0;
        for (place, (number, at)) in numbers.iter().zip(PLACES).enumerate() {
            if !path(level).contains(&at) {
                if number.is_some() {
                    return Err(Misplaced::NotEmpty(place));
                }
                continue;
            }
            let siblings = &self.children[at as usize][index as usize];
            let chosen = match (number, siblings.as_slice()) {
                (None, &[only]) => Some(only),
                (None, _) => None,
                (Some(number), _) => {
                    usize::try_from(*number).ok().and_then(|number| siblings.get(number)).copied()
                }
            };
            let most = count(siblings).saturating_sub(1);
            index = chosen.ok_or(Misplaced::Outside(place, most))?;
        }
        Ok(index)
    }
}

fn count(nodes: &[u32]) -> u32 {
    u32::try_from(nodes.len()).unwrap_or(u32::MAX)
}
