//! The greedy minimisation of max(T_comm, T_GPU, T_PIM) (arXiv 2605.11277 section 5).

use gpu_model::Terms;

use super::{Class, Classes, Costs, Layer, Partition, Policy};
use crate::time::Femtos;

/// Starts with every expert on PIM and moves the most popular one to the GPU while the total does not rise.
///
/// Costs are asked once per distinct count, experts are never sorted, and what is put where follows from how far it went.
#[derive(Clone, Debug, Default)]
pub struct Sieve {
    classes: Classes,
    /// Time on PIM of an expert of each class.
    pim: Vec<Femtos>,
}

impl Policy for Sieve {
    fn place(&mut self, layer: &Layer<'_>, costs: &dyn Costs, partition: &mut Partition) {
        let classes = self.classes.of(layer.tokens);
        self.pim.clear();
        self.pim.extend(classes.iter().map(|class| costs.pim(class.tokens)));
        let eq_1 = |gpu: Terms, pim| layer.communication.max(costs.gpu_time(gpu)).max(pim);
        let experts = classes.iter().zip(&self.pim);
        let mut pim = experts.fold(layer.attention, |sum, (class, &one)| sum + one * class.experts);
        let mut gpu = layer.other;
        let mut total = eq_1(gpu, pim);
        gpu += costs.gpu_launch();
        for (&Class { tokens, experts }, &on_pim) in classes.iter().zip(&self.pim) {
            let on_gpu = costs.gpu(tokens);
            for moved in 0..experts {
                gpu += on_gpu;
                pim -= on_pim;
                let next = eq_1(gpu, pim);
                if next > total {
                    return partition.put_popular_on_gpu(layer.tokens, tokens, moved);
                }
                total = next;
            }
        }
        partition.put_popular_on_gpu(layer.tokens, 0, 0);
    }
}
