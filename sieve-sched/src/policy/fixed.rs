//! Placements that ignore the counts.

use super::{Costs, Layer, OnPim, Policy, none};

/// Every expert on the GPU.
#[derive(Clone, Copy, Debug)]
pub struct AllOnGpu;

impl Policy for AllOnGpu {
    fn place(&self, layer: &Layer<'_>, _: &dyn Costs) -> OnPim {
        none(layer)
    }
}

/// Every expert on PIM.
#[derive(Clone, Copy, Debug)]
pub struct AllOnPim;

impl Policy for AllOnPim {
    fn place(&self, layer: &Layer<'_>, _: &dyn Costs) -> OnPim {
        OnPim::repeat(true, layer.tokens.len())
    }
}
