//! Sieve+: the greedy of Sieve on what the runtime sees of contention and overlap.

use gpu_model::Terms;

use super::greedy::{Greedy, Load};
use super::{Costs, Layer, Partition, Policy};
use crate::time::ZERO;

/// Eq. 1 of Sieve takes reads at the bandwidth of the data sheet and attention at the pace of an idle channel, and has all of it run
/// beside the experts. Here both last as long as they were seen to, and what comes before the experts counts only where another
/// mini-batch can do it meanwhile.
#[derive(Clone, Debug, Default)]
pub struct SievePlus(Greedy);

impl Policy for SievePlus {
    fn place(&mut self, layer: &Layer<'_>, costs: &dyn Costs, partition: &mut Partition) {
        let seen = layer.observed;
        let (fixed, communication) = if layer.alone {
            (Load { gpu: Terms::ZERO, pim: ZERO }, ZERO)
        } else {
            let pim = seen.attention.of(layer.attention);
            (Load { gpu: layer.other, pim }, layer.communication)
        };
        let total = |load: Load| {
            let gpu = Terms { memory: seen.reads.of(load.gpu.memory), ..load.gpu };
            communication.max(costs.gpu_time(gpu)).max(load.pim)
        };
        self.0.place(layer.tokens, costs, fixed, total, partition);
    }
}
