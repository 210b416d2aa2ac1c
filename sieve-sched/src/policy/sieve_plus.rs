//! Sieve+: the greedy of Sieve on what the runtime sees of contention and overlap.

use gpu_model::Terms;

use super::greedy::{Greedy, Load};
use super::{Costs, Layer, Partition, Policy};
use crate::time::{Femtos, ZERO};

/// Eq. 1 of Sieve takes reads at the bandwidth of the data sheet and attention at the pace of an idle channel, and has everything
/// overlap. Here reads and attention last as long as they were seen to beside working PIM units, and no mini-batch is faster than
/// its turn from attention to the end of its experts, which those that overlap share.
#[derive(Clone, Debug, Default)]
pub struct SievePlus(Greedy);

impl Policy for SievePlus {
    fn place(&mut self, layer: &Layer<'_>, costs: &dyn Costs, partition: &mut Partition) {
        let seen = layer.observed;
        let attention = seen.attention.of(layer.attention);
        let gpu = |gpu: Terms, pim: Femtos| {
            let memory = seen.reads.of(gpu.memory).saturating_add(seen.lost.of(pim));
            costs.gpu_time(Terms { memory, ..gpu })
        };
        let before =
            gpu(layer.other, ZERO).saturating_add(attention).saturating_add(layer.communication);
        let total = |experts: Load| {
            let turn = before.saturating_add(gpu(experts.gpu, experts.pim).max(experts.pim));
            let pim = experts.pim.saturating_add(attention);
            let all = gpu(layer.other + experts.gpu, pim).max(pim).max(layer.communication);
            all.max(turn / layer.overlapping)
        };
        let on_pim = |tokens| costs.pim_scaled(tokens);
        let nothing = Load { gpu: Terms::ZERO, pim: ZERO };
        self.0.place(layer.tokens, costs, on_pim, nothing, total, partition);
    }
}
