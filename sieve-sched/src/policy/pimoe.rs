//! The rule of PIMoE (DAC'25) as arXiv 2605.11277 section 7.1 describes it.

use gpu_model::Terms;

use super::{Costs, Layer, OnPim, Policy};
use crate::time::Femtos;

/// Starts with every expert on PIM and moves the most popular expert of the busiest channel to the GPU until GPU time exceeds
/// PIM time. It looks at experts alone.
#[derive(Clone, Copy, Debug)]
pub struct Pimoe {
    /// Channel groups that hold whole experts; 1 when every expert lies on all channels.
    pub groups: usize,
}

impl Policy for Pimoe {
    fn place(&self, layer: &Layer<'_>, costs: &dyn Costs) -> OnPim {
        let zero = Femtos::from_ticks(0);
        let tokens = layer.tokens;
        let mut on_pim: OnPim = tokens.iter().map(|&n| n > 0).collect();
        let mut busy = vec![zero; self.groups];
        for (expert, &n) in tokens.iter().enumerate().filter(|(_, n)| **n > 0) {
            busy[expert % self.groups] += costs.pim(n);
        }
        let mut gpu = Terms::ZERO;
        loop {
            // The busiest channel, ties to the lower index.
            let busiest = (0..self.groups).rev().max_by_key(|&g| busy[g]).unwrap_or(0);
            let on_it = on_pim.iter_ones().filter(|e| e % self.groups == busiest);
            let popular = on_it.max_by_key(|&e| (tokens[e], std::cmp::Reverse(e)));
            let Some(expert) = popular.filter(|_| costs.gpu_time(gpu) <= busy[busiest]) else {
                return on_pim;
            };
            on_pim.set(expert, false);
            busy[busiest] -= costs.pim(tokens[expert]);
            if gpu == Terms::ZERO {
                gpu += costs.gpu_launch();
            }
            gpu += costs.gpu(tokens[expert]);
        }
    }
}
