//! The greedy minimisation of max(T_comm, T_GPU, T_PIM) (arXiv 2605.11277 section 5).

use gpu_model::Terms;

use super::{Costs, Layer, OnPim, Policy, by_popularity};

/// Starts with every expert on PIM and moves the most popular one to the GPU while the total falls.
#[derive(Clone, Copy, Debug)]
pub struct Sieve;

impl Policy for Sieve {
    fn place(&self, layer: &Layer<'_>, costs: &dyn Costs) -> OnPim {
        let order = by_popularity(layer);
        let eq_1 = |gpu: Terms, pim| layer.communication.max(costs.gpu_time(gpu)).max(pim);
        let mut gpu = layer.other;
        let mut pim =
            order.iter().fold(layer.attention, |sum, &e| sum + costs.pim(layer.tokens[e]));
        let mut total = eq_1(gpu, pim);
        let mut on_pim = OnPim::repeat(true, layer.tokens.len());
        gpu += costs.gpu_launch();
        for expert in order {
            let tokens = layer.tokens[expert];
            gpu += costs.gpu(tokens);
            pim -= costs.pim(tokens);
            let moved = eq_1(gpu, pim);
            if moved > total {
                break;
            }
            total = moved;
            on_pim.set(expert, false);
        }
        on_pim
    }
}
