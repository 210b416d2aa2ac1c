//! Partitions that were decided elsewhere.

use super::{Costs, Layer, Partition, Policy};

/// Gives partitions in the order in which they are asked for, and then from the first again.
#[derive(Clone, Debug)]
pub struct Given {
    partitions: Vec<Partition>,
    next: usize,
}

impl Given {
    /// Of layers in the order of the graph: layer by layer, mini-batch by mini-batch, GPU by GPU.
    #[must_use]
    pub fn new(partitions: Vec<Partition>) -> Self {
        Self { partitions, next: 0 }
    }
}

impl Policy for Given {
    fn place(&mut self, layer: &Layer<'_>, _: &dyn Costs, partition: &mut Partition) {
        match self.partitions.get(self.next) {
            Some(given) => partition.clone_from(given),
            None => partition.put_all(layer.tokens.len(), true),
        }
        self.next = (self.next + 1) % self.partitions.len().max(1);
    }
}

/// Lets another policy decide, and keeps what it was asked and what it said.
#[derive(Debug)]
pub struct Recorded<'p> {
    policy: &'p mut dyn Policy,
    /// Tokens per expert, and where they run.
    pub decisions: Vec<(Vec<u32>, Partition)>,
}

impl<'p> Recorded<'p> {
    /// Nothing yet.
    pub fn new(policy: &'p mut dyn Policy) -> Self {
        Self { policy, decisions: Vec::new() }
    }
}

impl Policy for Recorded<'_> {
    fn place(&mut self, layer: &Layer<'_>, costs: &dyn Costs, partition: &mut Partition) {
        self.policy.place(layer, costs, partition);
        self.decisions.push((layer.tokens.to_vec(), partition.clone()));
    }
}
