//! Placements that ignore the counts.

use super::{Costs, Layer, Partition, Policy};

/// Every expert on the GPU.
#[derive(Clone, Copy, Debug)]
pub struct AllOnGpu;

impl Policy for AllOnGpu {
    fn place(&mut self, layer: &Layer<'_>, _: &dyn Costs, partition: &mut Partition) {
        partition.put_all(layer.tokens.len(), false);
    }
}

/// Every expert on PIM.
#[derive(Clone, Copy, Debug)]
pub struct AllOnPim;

impl Policy for AllOnPim {
    fn place(&mut self, layer: &Layer<'_>, _: &dyn Costs, partition: &mut Partition) {
        partition.put_all(layer.tokens.len(), true);
    }
}
