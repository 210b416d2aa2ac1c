//! What placement expected (arXiv 2605.11277 Eq. 1), to be held against what was simulated.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use gpu_model::Terms;

use crate::policy::{Costs, Layer, Partition};
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
    pub(super) fn one(layer: &Layer<'_>, costs: &dyn Costs, partition: &Partition) -> Self {
        let mut gpu = layer.other;
        let (mut pim, mut by_tokens) = (layer.attention, BTreeMap::<u32, [u64; 2]>::new());
        let mut launch = costs.gpu_launch();
        for (expert, &tokens) in layer.tokens.iter().enumerate().filter(|(_, n)| **n > 0) {
            by_tokens.entry(tokens).or_default()[usize::from(partition.on_pim[expert])] += 1;
            let [on_gpu, in_memory] = partition.tokens(expert, tokens);
            if in_memory > 0 {
                pim = pim.saturating_add(costs.pim(in_memory));
            }
            if on_gpu > 0 {
                gpu = gpu + costs.gpu(on_gpu) + launch;
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
        for (sum, more) in [
            (&mut self.communication, more.communication),
            (&mut self.gpu_memory, more.gpu_memory),
            (&mut self.gpu_compute, more.gpu_compute),
            (&mut self.pim, more.pim),
            (&mut self.longest, more.longest),
        ] {
            *sum = sum.saturating_add(more);
        }
        for (&tokens, counts) in &more.by_tokens {
            let sum = self.by_tokens.entry(tokens).or_default();
            sum.iter_mut().zip(counts).for_each(|(sum, more)| *sum += more);
        }
    }
}
