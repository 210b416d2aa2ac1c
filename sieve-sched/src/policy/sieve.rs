//! The greedy minimisation of max(T_comm, T_GPU, T_PIM) (arXiv 2605.11277 section 5).

use super::{Costs, Layer, OnPim, Policy, by_popularity};

/// Starts with every expert on PIM and moves the most popular one to the GPU while the total falls.
#[derive(Clone, Copy, Debug)]
pub struct Sieve;

impl Policy for Sieve {
    fn place(&self, layer: &Layer<'_>, costs: &dyn Costs) -> OnPim {
        let order = by_popularity(layer);
        let mut memory = layer.other_memory;
        let mut compute = layer.other_compute;
        let mut pim =
            order.iter().fold(layer.attention, |sum, &e| sum + costs.pim(layer.tokens[e]));
        let mut total = layer.communication.max(memory).max(compute).max(pim);
        let mut on_pim = OnPim::repeat(true, layer.tokens.len());
        for expert in order {
            let tokens = layer.tokens[expert];
            memory += costs.gpu_memory(tokens);
            compute += costs.gpu_compute(tokens);
            pim -= costs.pim(tokens);
            let moved = layer.communication.max(memory).max(compute).max(pim);
            if moved > total {
                break;
            }
            total = moved;
            on_pim.set(expert, false);
        }
        on_pim
    }
}
