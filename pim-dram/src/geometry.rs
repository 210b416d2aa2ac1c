//! The levels of a command channel and which nodes of them a command touches.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// Levels between a command channel and a bank. Each level cuts the banks of a channel into consecutive runs of equal length
/// (the last gang of a rank may be shorter), its nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Whatever shares command buses.
    Channel,
    /// A part with its own data bus.
    PseudoChannel,
    /// A rank or stack id of a pseudo-channel.
    Rank,
    /// Banks that share a column path within the die.
    BankGroup,
    /// Banks that one ganged activation opens; its size is the activation policy's.
    Gang,
    /// One bank.
    Bank,
}

impl Level {
    /// Every level, coarsest first.
    pub const ALL: [Self; 6] =
        [Self::Channel, Self::PseudoChannel, Self::Rank, Self::BankGroup, Self::Gang, Self::Bank];

    /// Its name, as families and command traces write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::PseudoChannel => "pseudo_channel",
            Self::Rank => "rank",
            Self::BankGroup => "bank_group",
            Self::Gang => "gang",
            Self::Bank => "bank",
        }
    }

    /// Whether each node of `finer` lies within one node of `self`, and is not the same level.
    #[must_use]
    pub fn contains(self, finer: Self) -> bool {
        self < finer && !(self == Self::BankGroup && finer == Self::Gang)
    }
}

/// Sizes of a device. All counts are at least 1; powers of two are not needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Geometry {
    /// Command channels of the whole memory system (all stacks or chips).
    pub channels: u32,
    /// Pseudo-channels of a command channel.
    pub pseudo_channels: u32,
    /// Ranks, or stack ids, of a pseudo-channel.
    pub ranks: u32,
    /// Bank groups of a rank.
    pub bank_groups: u32,
    /// Banks of a rank, a multiple of `bank_groups`.
    pub banks: u32,
    /// Rows of a bank.
    pub rows: u32,
    /// Bytes of a row of one bank (the page), a multiple of `burst_bytes`.
    pub row_bytes: u32,
    /// Bytes that one column command moves.
    pub burst_bytes: u32,
}

impl Geometry {
    /// Banks of one pseudo-channel, all ranks.
    #[must_use]
    pub fn banks_per_pseudo_channel(&self) -> u32 {
        self.ranks * self.banks
    }

    /// Column commands that cover a row.
    #[must_use]
    pub fn columns(&self) -> u32 {
        self.row_bytes / self.burst_bytes
    }

    /// Pseudo-channels of the whole memory system.
    #[must_use]
    pub fn total_pseudo_channels(&self) -> u32 {
        self.channels * self.pseudo_channels
    }

    /// Bytes of the whole memory system.
    #[must_use]
    pub fn capacity_bytes(&self) -> u64 {
        u64::from(self.total_pseudo_channels())
            * u64::from(self.banks_per_pseudo_channel())
            * u64::from(self.rows)
            * u64::from(self.row_bytes)
    }
}

/// A node: the `index`-th of its level within the channel, in the order of the banks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// Its level.
    pub level: Level,
    /// Its place among the nodes of that level.
    pub index: u32,
}

/// The nodes of one command channel and the banks under each.
#[derive(Clone, Debug)]
pub struct Topology {
    /// Per level, per bank of the channel: the node that holds it.
    node_of: [Vec<u32>; 6],
    /// Per level, per node: its first bank; one entry more than nodes.
    first_bank: [Vec<u32>; 6],
}

impl Topology {
    /// The topology of one channel; `gang` is the number of banks that one ganged activation opens.
    #[must_use]
    pub fn new(geometry: &Geometry, gang: u32) -> Self {
        let g = geometry;
        let total = g.pseudo_channels * g.banks_per_pseudo_channel();
        let gangs_per_rank = g.banks.div_ceil(gang);
        let node = |level, bank: u32| {
            let (rank, in_rank) = (bank / g.banks, bank % g.banks);
            match level {
                Level::Channel => 0,
                Level::PseudoChannel => rank / g.ranks,
                Level::Rank => rank,
                Level::BankGroup => rank * g.bank_groups + in_rank / (g.banks / g.bank_groups),
                Level::Gang => rank * gangs_per_rank + in_rank / gang,
                Level::Bank => bank,
            }
        };
        let node_of =
            Level::ALL.map(|level| (0..total).map(|b| node(level, b)).collect::<Vec<_>>());
        let first_bank = Level::ALL.map(|level| {
            let of = &node_of[level as usize];
            let starts = (0..total).filter(|&b| b == 0 || of[b as usize] != of[b as usize - 1]);
            starts.chain([total]).collect()
        });
        Self { node_of, first_bank }
    }

    /// Nodes of a level.
    #[must_use]
    pub fn count(&self, level: Level) -> u32 {
        u32::try_from(self.first_bank[level as usize].len() - 1).unwrap_or(u32::MAX)
    }

    /// Banks of the channel under a node.
    #[must_use]
    pub fn banks(&self, node: Node) -> std::ops::Range<u32> {
        let starts = &self.first_bank[node.level as usize];
        starts[node.index as usize]..starts[node.index as usize + 1]
    }

    /// The nodes of `level` that share a bank with `node`.
    #[must_use]
    pub fn cover(&self, node: Node, level: Level) -> RangeInclusive<u32> {
        let of = &self.node_of[level as usize];
        let banks = self.banks(node);
        of[banks.start as usize]..=of[banks.end as usize - 1]
    }

    /// The pseudo-channel of a node at or below that level.
    #[must_use]
    pub fn pseudo_channel(&self, node: Node) -> u32 {
        *self.cover(node, Level::PseudoChannel).start()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topology(banks: u32, gang: u32) -> Topology {
        let geometry = Geometry {
            channels: 1,
            pseudo_channels: 2,
            ranks: 2,
            bank_groups: 4,
            banks,
            rows: 16,
            row_bytes: 1024,
            burst_bytes: 32,
        };
        Topology::new(&geometry, gang)
    }

    #[test]
    fn twenty_four_banks_make_six_gangs_that_straddle_bank_groups() {
        let topology = topology(24, 4);
        assert_eq!(Level::ALL.map(|l| topology.count(l)), [1, 2, 4, 16, 24, 96]);
        let gang = Node { level: Level::Gang, index: 1 };
        assert_eq!(topology.banks(gang), 4..8);
        assert_eq!(topology.cover(gang, Level::BankGroup), 0..=1);
        let last = Node { level: Level::Bank, index: 95 };
        assert_eq!(topology.pseudo_channel(last), 1);
    }

    #[test]
    fn the_last_gang_of_a_rank_may_be_short() {
        let topology = topology(8, 3);
        assert_eq!(topology.count(Level::Gang), 12);
        assert_eq!(topology.banks(Node { level: Level::Gang, index: 2 }), 6..8);
        assert_eq!(topology.banks(Node { level: Level::Gang, index: 3 }), 8..11);
    }
}
