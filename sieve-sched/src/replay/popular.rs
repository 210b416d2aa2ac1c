//! Experts of one GPU by popularity.

use std::cmp::Reverse;

use crate::policy::{Partition, Split};

/// Experts with tokens, most first, ties by index.
#[derive(Clone, Debug)]
pub(super) struct Popular {
    pub(super) experts: Vec<usize>,
    tokens: Vec<u32>,
}

impl Popular {
    pub(super) fn new(tokens: &[u32]) -> Self {
        let mut experts: Vec<usize> = (0..tokens.len()).filter(|&e| tokens[e] > 0).collect();
        experts.sort_by_key(|&e| (Reverse(tokens[e]), e));
        Self { experts, tokens: tokens.to_vec() }
    }

    /// The partition with the first so many on the GPU.
    pub(super) fn on_gpu(&self, first: usize) -> Partition {
        let mut partition = Partition::default();
        partition.put_all(self.tokens.len(), true);
        self.experts[..first].iter().for_each(|&e| partition.on_pim.set(e, false));
        partition
    }

    /// How many a partition has on the GPU.
    pub(super) fn cut(&self, partition: &Partition) -> usize {
        self.experts.iter().filter(|&&e| !partition.on_pim[e]).count()
    }

    /// The same, but half of the tokens of the last expert on the GPU run in memory, or of the first one in memory on the GPU.
    pub(super) fn halved(&self, first: usize) -> Vec<Partition> {
        let last = first.checked_sub(1);
        let borders = last.into_iter().chain([first]).filter(|&at| at < self.experts.len());
        borders
            .map(|at| {
                let expert = self.experts[at];
                let mut partition = self.on_gpu(first.max(at + 1));
                partition.split = Some(Split { expert, on_pim: self.tokens[expert] / 2 });
                partition
            })
            .collect()
    }
}
