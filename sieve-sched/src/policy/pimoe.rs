//! The rule of PIMoE (DAC'25) as arXiv 2605.11277 section 7.1 describes it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use gpu_model::Terms;

use super::{Costs, Layer, Partition, Policy};
use crate::time::Femtos;

/// Starts with every expert on PIM and moves the most popular expert of the busiest channel to the GPU until GPU time exceeds
/// PIM time. It looks at experts alone.
#[derive(Clone, Debug)]
pub struct Pimoe {
    groups: usize,
    /// Activated experts as (group, tokens, expert): by group, most tokens first, ties by index.
    experts: Vec<(usize, Reverse<u32>, usize)>,
    /// Per group, as (busy time, group, next of `experts` to move): the busiest on top, ties to the lower index.
    busy: BinaryHeap<(Femtos, Reverse<usize>, usize)>,
}

impl Pimoe {
    /// For channels in so many groups that hold whole experts; 1 when every expert lies on all channels.
    #[must_use]
    pub fn new(groups: usize) -> Self {
        Self { groups, experts: Vec::new(), busy: BinaryHeap::new() }
    }

    fn sort(&mut self, layer: &Layer<'_>, costs: &dyn Costs) {
        let activated = layer.tokens.iter().enumerate().filter(|(_, n)| **n > 0);
        self.experts.clear();
        self.experts.extend(activated.map(|(e, &n)| (e % self.groups, Reverse(n), e)));
        self.experts.sort_unstable();
        self.busy.clear();
        let mut next = 0;
        self.busy.extend((0..self.groups).map(|group| {
            let first = next;
            let mut busy = Femtos::from_ticks(0);
            while let Some(&(_, Reverse(tokens), _)) =
                self.experts.get(next).filter(|(g, ..)| *g == group)
            {
                busy = busy.saturating_add(costs.pim(tokens));
                next += 1;
            }
            (busy, Reverse(group), first)
        }));
    }
}

impl Policy for Pimoe {
    fn place(&mut self, layer: &Layer<'_>, costs: &dyn Costs, partition: &mut Partition) {
        self.sort(layer, costs);
        partition.put_all(layer.tokens.len(), true);
        let mut gpu = Terms::ZERO;
        while let Some(mut busiest) = self.busy.peek_mut() {
            let (busy, Reverse(group), next) = *busiest;
            let popular = self.experts.get(next).filter(|(g, ..)| *g == group);
            let Some(&(_, Reverse(tokens), expert)) =
                popular.filter(|_| costs.gpu_time(gpu) <= busy)
            else {
                return;
            };
            partition.on_pim.set(expert, false);
            *busiest = (busy.saturating_sub(costs.pim(tokens)), Reverse(group), next + 1);
            if gpu == Terms::ZERO {
                gpu += costs.gpu_launch();
            }
            gpu += costs.gpu(tokens);
        }
    }
}
