//! Moving experts from PIM to the GPU, most popular first, as long as it pays.

use gpu_model::Terms;

use super::{Class, Classes, Costs, Partition};
use crate::time::Femtos;

/// What both sides have to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) gpu: Terms,
    pub(super) pim: Femtos,
}

/// The working memory of a greedy policy.
///
/// Costs are asked once per distinct count, experts are never sorted, and what is put where follows from how far it went.
#[derive(Clone, Debug, Default)]
pub(super) struct Greedy {
    classes: Classes,
    /// Time on PIM of an expert of each class.
    pim: Vec<Femtos>,
}

impl Greedy {
    /// Starts with every expert on PIM, where one of so many tokens takes `on_pim`, besides the load `fixed`, and moves the most popular
    /// one to the GPU while the total does not rise.
    pub(super) fn place(
        &mut self,
        tokens: &[u32],
        costs: &dyn Costs,
        on_pim: impl Fn(u32) -> Femtos,
        fixed: Load,
        total: impl Fn(Load) -> Femtos,
        partition: &mut Partition,
    ) {
        let classes = self.classes.of(tokens);
        self.pim.clear();
        self.pim.extend(classes.iter().map(|class| on_pim(class.tokens)));
        let mut load = fixed;
        for (class, &one) in classes.iter().zip(&self.pim) {
            load.pim = load.pim.saturating_add(one.saturating_mul(class.experts.into()));
        }
        let mut least = total(load);
        load.gpu += costs.gpu_launch();
        for (&Class { tokens: count, experts }, &on_pim) in classes.iter().zip(&self.pim) {
            let on_gpu = costs.gpu(count);
            for moved in 0..experts {
                load.gpu += on_gpu;
                load.pim = load.pim.saturating_sub(on_pim);
                let next = total(load);
                if next > least {
                    return partition.put_popular_on_gpu(tokens, count, moved);
                }
                least = next;
            }
        }
        partition.put_popular_on_gpu(tokens, 0, 0);
    }
}
