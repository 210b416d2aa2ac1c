//! An expert's two matrices on the channels that hold it.

use pim_dram::device::Device;
use pim_dram::job::Job;
use pim_dram::layout::{Layout, LayoutError, Matrix};
use pim_dram::order::Order;

/// Layouts of gate and up as one matrix [2I x H], and of down [H x I].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpertLayouts {
    /// Gate and up.
    pub up: Layout,
    /// Down.
    pub down: Layout,
}

impl ExpertLayouts {
    /// Plans an expert of `intermediate` x `hidden` on so many pseudo-channels.
    ///
    /// # Errors
    /// A matrix that cannot be placed.
    pub fn plan(
        device: &Device,
        hidden: u32,
        intermediate: u32,
        lanes: u32,
    ) -> Result<Self, LayoutError> {
        // An expert sees few tokens, one after the other.
        let order = Order::held(device);
        let plan =
            |outputs, inputs| Layout::plan(device, Matrix { outputs, inputs }, lanes, order, 1);
        let (up, down) = (plan(2 * intermediate, hidden)?, plan(hidden, intermediate)?);
        Ok(Self { up, down })
    }

    /// The first product of an expert with so many tokens.
    #[must_use]
    pub fn up_job(&self, tokens: u32) -> Job {
        Job { tile: self.up.tile, vectors: tokens }
    }

    /// The second.
    #[must_use]
    pub fn down_job(&self, tokens: u32) -> Job {
        Job { tile: self.down.tile, vectors: tokens }
    }
}
