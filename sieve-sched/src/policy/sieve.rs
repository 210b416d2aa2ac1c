//! The greedy minimisation of max(T_comm, T_GPU, T_PIM) (arXiv 2605.11277 section 5).

use super::greedy::{Greedy, Load};
use super::{Costs, Layer, Partition, Policy};

/// Starts with every expert on PIM and moves the most popular one to the GPU while the total does not rise.
#[derive(Clone, Debug, Default)]
pub struct Sieve(Greedy);

impl Policy for Sieve {
    fn place(&mut self, layer: &Layer<'_>, costs: &dyn Costs, partition: &mut Partition) {
        let fixed = Load { gpu: layer.other, pim: layer.attention };
        let eq_1 = |load: Load| layer.communication.max(costs.gpu_time(load.gpu)).max(load.pim);
        let on_pim = |tokens| costs.pim(tokens);
        self.0.place(layer.tokens, costs, on_pim, fixed, eq_1, partition);
    }
}
