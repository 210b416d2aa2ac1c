//! One matrix-vector product, or several with the same matrix, on idle channels.

use crate::device::Device;
use crate::job::{Job, Worker};
use crate::layout::{Layout, LayoutError, Matrix};
use crate::memo::Memo;
use crate::order::Order;
use crate::peaks::roofline;
use crate::tally::{Category, Tally};
use crate::time::{Femtos, Ticks};

/// What a product takes on one command channel; all channels do alike.
#[derive(Clone, Debug)]
pub struct Gemv {
    /// How the matrix is cut.
    pub layout: Layout,
    /// From the first command to the last result at the host, in ticks.
    pub ticks: Ticks,
    /// The same time.
    pub time: Femtos,
    /// Roofline time of the useful work.
    pub roofline: Femtos,
    /// Commands and attributed time, which adds up to `ticks`.
    pub tally: Tally,
}

impl Gemv {
    /// Simulates y = W x for `vectors` vectors on `channels` command channels, from idle at tick 0, in the given loop order or
    /// in the fastest.
    ///
    /// # Errors
    /// A matrix that cannot be placed, an order that the units cannot follow.
    pub fn simulate(
        device: &Device,
        matrix: Matrix,
        vectors: u32,
        channels: u32,
        order: Option<Order>,
    ) -> Result<Self, LayoutError> {
        let lanes = channels * device.lanes();
        let layout = match order {
            Some(order) => Layout::plan(device, matrix, lanes, order, vectors)?,
            None => Layout::search(device, matrix, lanes, vectors)?,
        };
        Ok(Self::of_layout(device, layout, vectors))
    }

    /// The same with the matrix cut as said.
    #[must_use]
    pub fn of_layout(device: &Device, layout: Layout, vectors: u32) -> Self {
        let mut memo = Memo::new(device);
        let mut tally = Tally::new(device);
        let job = Job { tile: layout.tile, vectors };
        let end = Worker::new(&mut memo).run(&mut memo, &job, false, Ticks(0), &mut tally);
        tally.charge(Category::ResultRead, end.done - end.issued);
        let bytes = weight_bytes(device, layout.matrix) * u64::from(vectors);
        Self {
            layout,
            ticks: end.done,
            time: device.clock.femtos(end.done),
            roofline: roofline(device, bytes, layout.lanes),
            tally,
        }
    }
}

/// Bytes of a matrix.
#[must_use]
pub fn weight_bytes(device: &Device, matrix: Matrix) -> u64 {
    let elements = u64::from(matrix.outputs) * u64::from(matrix.inputs);
    elements * u64::from(device.pim.element_bytes)
}
