//! The dependency graph of a decode step: operations, what they occupy, and what they wait for.

use petgraph::graph::{DiGraph, NodeIndex};
use smallvec::SmallVec;

use crate::memory::Work;
use crate::time::Femtos;

/// A unit of one GPU that does one thing at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// The tensor kernels of the GPU.
    Gpu,
    /// Transfers between HBM and the GPU.
    Hbm,
    /// The small kernels that serve PIM and routing beside them: softmax, activation functions, partial and weighted sums.
    Vector,
    /// The PIM units of all channels.
    Pim,
    /// The GPU's link to the other GPUs.
    Link,
    /// Where the placement of experts is decided.
    Scheduler,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Self; 6] =
        [Self::Gpu, Self::Hbm, Self::Vector, Self::Pim, Self::Link, Self::Scheduler];

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gpu => "gpu",
            Self::Hbm => "hbm",
            Self::Vector => "vector",
            Self::Pim => "pim",
            Self::Link => "link",
            Self::Scheduler => "scheduler",
        }
    }
}

/// A unit that an operation holds, and how long that unit is truly busy meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// The unit.
    pub unit: Unit,
    /// Its busy time; the operation holds the unit for the longest of its uses.
    pub busy: Femtos,
}

/// How long an operation takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Takes {
    /// As long as the longest of these uses; none is a mere meeting point.
    Uses(SmallVec<[Use; 2]>),
    /// As long as the GPU takes by itself or the channels bring what it reads, whichever is longer.
    Kernel {
        /// Time of the tensor kernels: what they compute by the roofline, all of a kernel by a measured law.
        compute: Femtos,
        /// Bytes between HBM and the GPU.
        bytes: u64,
        /// Floating-point operations, which cost energy.
        flops: u64,
    },
    /// As long as a small kernel beside the main stream computes.
    Vector {
        /// That time.
        compute: Femtos,
        /// Floating-point operations, which cost energy.
        flops: u64,
    },
    /// As long as the channels bring what is read ahead of the kernel that takes it.
    Read {
        /// Bytes from HBM.
        bytes: u64,
    },
    /// As long as the PIM channels simulate it.
    Pim(Work),
}

impl Takes {
    /// The units that the operation holds.
    #[must_use]
    pub fn units(&self) -> SmallVec<[Unit; 2]> {
        match self {
            Self::Uses(uses) => uses.iter().map(|held| held.unit).collect(),
            Self::Kernel { .. } => SmallVec::from([Unit::Gpu, Unit::Hbm]),
            Self::Read { .. } => SmallVec::from_elem(Unit::Hbm, 1),
            Self::Vector { .. } => SmallVec::from_elem(Unit::Vector, 1),
            Self::Pim(_) => SmallVec::from_elem(Unit::Pim, 1),
        }
    }
}

/// An operation on one GPU.
#[derive(Clone, Debug, PartialEq)]
pub struct Op {
    /// Its name in reports.
    pub name: &'static str,
    /// The GPU that it runs on.
    pub gpu: usize,
    /// The layer group that its time is reported under.
    pub group: usize,
    /// Duration.
    pub takes: Takes,
}

/// Operations of a step; an edge means that its target waits for its source.
pub type Graph = DiGraph<Op, ()>;

/// Adds an operation that waits for others.
pub fn add(graph: &mut Graph, op: Op, after: &[NodeIndex]) -> NodeIndex {
    let node = graph.add_node(op);
    for &before in after {
        graph.add_edge(before, node, ());
    }
    node
}
