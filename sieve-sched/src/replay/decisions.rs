//! What placement expected (arXiv 2605.11277 Eq. 1), to be held against what was simulated.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use gpu_model::Terms;

use crate::policy::{Costs, Layer, OnPim};
use crate::time::Femtos;

/// Sums over decisions: one for each layer with experts, mini-batch and GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decisions {
    /// Dispatch and combine.
    pub communication: Femtos,
    /// Bytes between HBM and the GPU, at the bandwidth of its law.
    pub gpu_memory: Femtos,
    /// Compute of the GPU.
    pub gpu_compute: Femtos,
    /// Attention and experts on PIM, as the cost table has them.
    pub pim: Femtos,
    /// The longest term of each decision: what the objective makes of it.
    pub longest: Femtos,
    /// Tokens -> experts with so many on the GPU, and on PIM.
    pub by_tokens: BTreeMap<u32, [u64; 2]>,
}

impl Default for Decisions {
    fn default() -> Self {
        let none = Femtos::from_ticks(0);
        Self {
            communication: none,
            gpu_memory: none,
            gpu_compute: none,
            pim: none,
            longest: none,
            by_tokens: BTreeMap::new(),
        }
    }
}

impl Decisions {
    /// Of one decision.
    pub(super) fn one(layer: &Layer<'_>, costs: &dyn Costs, on_pim: &OnPim) -> Self {
        let mut gpu = layer.other;
        let (mut pim, mut by_tokens) = (layer.attention, BTreeMap::<u32, [u64; 2]>::new());
        let mut launch = costs.gpu_launch();
        for (&tokens, in_memory) in layer.tokens.iter().zip(on_pim.iter().by_vals()) {
            if tokens == 0 {
                continue;
            }
            by_tokens.entry(tokens).or_default()[usize::from(in_memory)] += 1;
            if in_memory {
                pim += costs.pim(tokens);
            } else {
                gpu = gpu + costs.gpu(tokens) + launch;
                launch = Terms::ZERO;
            }
        }
        let communication = layer.communication;
        let longest = communication.max(costs.gpu_time(gpu)).max(pim);
        let (gpu_memory, gpu_compute) = (gpu.memory, gpu.compute);
        Self { communication, gpu_memory, gpu_compute, pim, longest, by_tokens }
    }
}

impl AddAssign<&Self> for Decisions {
    fn add_assign(&mut self, more: &Self) {
        self.communication += more.communication;
        self.gpu_memory += more.gpu_memory;
        self.gpu_compute += more.gpu_compute;
        self.pim += more.pim;
        self.longest += more.longest;
        for (&tokens, counts) in &more.by_tokens {
            let sum = self.by_tokens.entry(tokens).or_default();
            sum.iter_mut().zip(counts).for_each(|(sum, more)| *sum += more);
        }
    }
}
