//! The levels of a command channel and which nodes of them a command touches.

use serde::{Deserialize, Serialize};

/// Levels between a command channel and a bank. Each level cuts the banks of a channel into disjoint sets, its nodes: runs of
/// consecutive banks, except for the two levels that take the k-th bank of each of several runs.
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
    /// Banks that one ganged activation opens; its size is the activation policy's, the last of a rank may be shorter.
    Gang,
    /// The k-th bank of each bank group of a rank.
    SameBank,
    /// The k-th bank of each PIM unit of a pseudo-channel, where several banks share a unit.
    UnitBank,
    /// One bank.
    Bank,
}

impl Level {
    /// Every level, coarsest first.
    pub const ALL: [Self; 8] = [
        Self::Channel,
        Self::PseudoChannel,
        Self::Rank,
        Self::BankGroup,
        Self::Gang,
        Self::SameBank,
        Self::UnitBank,
        Self::Bank,
    ];

    /// Its name, as families and command traces write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::PseudoChannel => "pseudo_channel",
            Self::Rank => "rank",
            Self::BankGroup => "bank_group",
            Self::Gang => "gang",
            Self::SameBank => "same_bank",
            Self::UnitBank => "unit_bank",
            Self::Bank => "bank",
        }
    }

    /// Whether each node of `finer` lies within one node of `self`, and is not the same level.
    #[must_use]
    pub fn contains(self, finer: Self) -> bool {
        match self {
            Self::Channel | Self::PseudoChannel => finer > self,
            Self::Rank => finer > self && finer != Self::UnitBank,
            Self::BankGroup | Self::Gang | Self::SameBank | Self::UnitBank => finer == Self::Bank,
            Self::Bank => false,
        }
    }
}

/// Sizes of a device. All counts are at least 1; powers of two are not needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Geometry {
    /// Command channels of the whole memory system (all stacks or chips). Range: 1 to 1,048,576.
    pub channels: u32,
    /// Pseudo-channels of a command channel. Range: 1 to 64.
    pub pseudo_channels: u32,
    /// Ranks, or stack ids, of a pseudo-channel. Range: 1 to 64.
    pub ranks: u32,
    /// Bank groups of a rank. Range: a divisor of `banks`.
    pub bank_groups: u32,
    /// Banks of a rank. Range: 1 to 1,024, a multiple of `bank_groups`.
    pub banks: u32,
    /// Rows of a bank. Range: 1 to 16,777,216.
    pub rows: u32,
    /// Bytes of a row of one bank (the page). Range: 1 to 1,048,576, a multiple of `burst_bytes`.
    pub row_bytes: u32,
    /// Bytes that one column command moves. Range: a divisor of `row_bytes`.
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

    /// Banks of the whole memory system: at most 2^31 once a device was made of it, which checks that.
    #[must_use]
    pub fn total_banks(&self) -> u32 {
        self.total_pseudo_channels() * self.banks_per_pseudo_channel()
    }

    /// Bytes of the whole memory system.
    #[must_use]
    pub fn capacity_bytes(&self) -> u64 {
        u64::from(self.total_banks()) * u64::from(self.rows) * u64::from(self.row_bytes)
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
    node_of: [Vec<u32>; Level::ALL.len()],
    /// Per level, per node: its banks, ascending.
    banks_of: [Vec<Vec<u32>>; Level::ALL.len()],
}

impl Topology {
    /// The topology of one channel; `gang` is the number of banks that one ganged activation opens, `unit` the number of banks
    /// that share a PIM unit.
    #[must_use]
    pub fn new(geometry: &Geometry, gang: u32, unit: u32) -> Self {
        let g = geometry;
        let total = g.pseudo_channels * g.banks_per_pseudo_channel();
        let gangs_per_rank = g.banks.div_ceil(gang);
        let per_group = g.banks / g.bank_groups;
        let node = |level, bank: u32| {
            let (rank, in_rank) = (bank / g.banks, bank % g.banks);
            match level {
                Level::Channel => 0,
                Level::PseudoChannel => rank / g.ranks,
                Level::Rank => rank,
                Level::BankGroup => rank * g.bank_groups + in_rank / per_group,
                Level::Gang => rank * gangs_per_rank + in_rank / gang,
                Level::SameBank => rank * per_group + in_rank % per_group,
                Level::UnitBank => (rank / g.ranks) * unit + in_rank % unit,
                Level::Bank => bank,
            }
        };
        let node_of =
            Level::ALL.map(|level| (0..total).map(|b| node(level, b)).collect::<Vec<_>>());
        let banks_of = Level::ALL.map(|level| {
            let mut banks_of = Vec::new();
            for (bank, &node) in (0..total).zip(&node_of[level as usize]) {
                banks_of.resize_with(banks_of.len().max(node as usize + 1), Vec::new);
                banks_of[node as usize].push(bank);
            }
            banks_of
        });
        Self { node_of, banks_of }
    }

    /// Nodes of a level.
    #[must_use]
    pub fn count(&self, level: Level) -> u32 {
        u32::try_from(self.banks_of[level as usize].len()).unwrap_or(u32::MAX)
    }

    /// Banks of the channel under a node, ascending.
    #[must_use]
    pub fn banks(&self, node: Node) -> &[u32] {
        &self.banks_of[node.level as usize][node.index as usize]
    }

    /// The nodes of `level` that share a bank with `node`, ascending.
    #[must_use]
    pub fn cover(&self, node: Node, level: Level) -> Vec<u32> {
        let of = &self.node_of[level as usize];
        let mut nodes: Vec<_> = self.banks(node).iter().map(|&bank| of[bank as usize]).collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }

    /// The node of `level` that holds a bank.
    #[must_use]
    pub fn node_of(&self, level: Level, bank: u32) -> u32 {
        self.node_of[level as usize][bank as usize]
    }

    /// The pseudo-channel of a node at or below that level.
    #[must_use]
    pub fn pseudo_channel(&self, node: Node) -> u32 {
        self.node_of(Level::PseudoChannel, self.banks(node)[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topology(banks: u32, gang: u32, unit: u32) -> Topology {
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
        Topology::new(&geometry, gang, unit)
    }

    #[test]
    fn twenty_four_banks_make_six_gangs_that_straddle_bank_groups() {
        let topology = topology(24, 4, 2);
        assert_eq!(Level::ALL.map(|l| topology.count(l)), [1, 2, 4, 16, 24, 24, 4, 96]);
        let gang = Node { level: Level::Gang, index: 1 };
        assert_eq!(topology.banks(gang), [4, 5, 6, 7]);
        assert_eq!(topology.cover(gang, Level::BankGroup), [0, 1]);
        let last = Node { level: Level::Bank, index: 95 };
        assert_eq!(topology.pseudo_channel(last), 1);
    }

    #[test]
    fn the_last_gang_of_a_rank_may_be_short() {
        let topology = topology(8, 3, 1);
        assert_eq!(topology.count(Level::Gang), 12);
        assert_eq!(topology.banks(Node { level: Level::Gang, index: 2 }), [6, 7]);
        assert_eq!(topology.banks(Node { level: Level::Gang, index: 3 }), [8, 9, 10]);
    }

    #[test]
    fn strided_levels_take_one_bank_of_every_run() {
        let topology = topology(8, 4, 4);
        let same = Node { level: Level::SameBank, index: 1 };
        assert_eq!(topology.banks(same), [1, 3, 5, 7]);
        assert_eq!(topology.cover(same, Level::BankGroup), [0, 1, 2, 3]);
        let second_of_units = Node { level: Level::UnitBank, index: 5 };
        assert_eq!(topology.banks(second_of_units), [17, 21, 25, 29]);
        assert_eq!(topology.cover(second_of_units, Level::Rank), [2, 3]);
    }
}
