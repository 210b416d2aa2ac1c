//! Products with data: follows the commands that a channel issued and computes what its units would.
//!
//! Time does not depend on data, so that this is but a [`Sink`] beside the simulation.

mod lane;
mod placement;
mod sink;
mod tile;

use thiserror::Error;

use crate::device::Device;
use crate::job::Job;
use crate::layout::Layout;
use crate::pass::{Pass, Tile};
use crate::sequencer::{Issued, Sequencer, Sink};
use crate::time::Ticks;

pub use placement::Placement;
pub use sink::Functional;

use tile::Place;

/// The operands of a product, as bit patterns of the device's element format.
#[derive(Clone, Copy, Debug)]
pub struct Operands<'a> {
    /// The matrix, `outputs` x `inputs`, row by row.
    pub weights: &'a [u16],
    /// The vectors of `inputs` elements, one after the other.
    pub vectors: &'a [u16],
}

/// Why a command list computes no product.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// Operands that do not fit the layout.
    #[error(
        "{weights} weights and {vectors} vector elements; expected {outputs} x {inputs} and a multiple of {inputs}, \
         on tiles that hold them"
    )]
    Shape {
        /// Weights given.
        weights: usize,
        /// Vector elements given.
        vectors: usize,
        /// Outputs of the matrix.
        outputs: u32,
        /// Inputs of the matrix.
        inputs: u32,
    },
    /// A vector is written when all were.
    #[error("more vector bursts are written than the host has")]
    NothingToSend,
    /// A vector burst outside of the buffer.
    #[error("vector burst {slot} is beyond the vector buffer")]
    BeyondBuffer {
        /// The burst.
        slot: u32,
    },
    /// A multiply-accumulate without its row.
    #[error("no row is open in bank {bank} for row {row}")]
    ClosedRow {
        /// The bank, within its pseudo-channel.
        bank: u32,
        /// The row of the command.
        row: u32,
    },
    /// A multiply-accumulate outside of the tile.
    #[error("the tile has no weight in row {row}, column {column}")]
    NoWeight {
        /// The row.
        row: u32,
        /// The column.
        column: u32,
    },
    /// A multiply-accumulate for more vectors than there are.
    #[error("row {row}, column {column} is multiplied more often than there are vectors")]
    TooOften {
        /// The row.
        row: u32,
        /// The column.
        column: u32,
    },
    /// No accumulator is free.
    #[error("no accumulator is free for row {row}, column {column}")]
    AccumulatorsFull {
        /// The row.
        row: u32,
        /// The column.
        column: u32,
    },
    /// Accumulators are taken in the middle of a sum.
    #[error("accumulators are read or cleared before their last multiply-accumulate")]
    WithinSum,
    /// The commands end before the product does.
    #[error("multiply-accumulates or result reads are missing")]
    Incomplete,
}

/// Simulates y = W x for all vectors on idle channels: `outputs` results a vector, one vector after the other.
///
/// The host adds the results of a tile in f32 in the order of their arrival, and then the tiles in the order of their slices.
///
/// # Errors
/// Operands that do not fit the layout, or a layout that does not fit the device.
pub fn run(device: &Device, layout: &Layout, operands: Operands<'_>) -> Result<Vec<f32>, Fault> {
    let vectors = vectors(device, layout, operands)?;
    let commands = commands(device, layout.tile, vectors);
    replay(device, layout, Placement::of(device, layout.tile), operands, &commands)
}

/// The commands that a channel issues for a tile and so many vectors, from idle at tick 0.
#[must_use]
pub fn commands(device: &Device, tile: Tile, vectors: u32) -> Vec<Issued> {
    let mut list = Vec::new();
    let mut sequencer = Sequencer::new(device);
    let passes: Vec<Pass> = Job { tile, vectors }.passes(device, 0, None).collect();
    let mut now = Ticks(0);
    for pass in &passes {
        now = sequencer.run(pass, now, &mut list).issued;
    }
    list
}

/// As [`run`], with these commands on every channel and the weights placed as said.
///
/// # Errors
/// Operands that do not fit the layout, or commands that do not compute the product.
pub fn replay(
    device: &Device,
    layout: &Layout,
    placement: Placement,
    operands: Operands<'_>,
    commands: &[Issued],
) -> Result<Vec<f32>, Fault> {
    let vectors = vectors(device, layout, operands)?;
    let outputs = layout.matrix.outputs as usize;
    let mut y = vec![0.0; vectors as usize * outputs];
    let places: Vec<Place> = (0..layout.slices)
        .flat_map(|slice| (0..layout.groups).map(move |group| (slice, group)))
        .map(|(slice, group)| Place::new(device, layout, slice, group))
        .collect();
    for places in places.chunks(device.lanes() as usize) {
        let mut channel = Functional::new(device, layout, placement, places, operands, vectors);
        for issued in commands {
            channel.issued(issued);
        }
        for (place, results) in places.iter().zip(channel.finish()?) {
            let mut results = results.into_iter();
            for vector in 0..vectors as usize {
                for output in 0..placement.outputs {
                    for bank in 0..device.banks_per_lane() {
                        let result = results.next().unwrap_or(f32::NAN);
                        if let Some(output) = place.output(bank, output) {
                            y[vector * outputs + output as usize] += result;
                        }
                    }
                }
            }
        }
    }
    Ok(y)
}

/// Vectors that the operands hold.
fn vectors(device: &Device, layout: &Layout, operands: Operands<'_>) -> Result<u32, Fault> {
    let (outputs, inputs) = (layout.matrix.outputs, layout.matrix.inputs);
    let (weights, vectors) = (operands.weights.len(), operands.vectors.len());
    let banks = device.banks_per_lane();
    let holds = |tile: u32, times: u32, cuts: u32, whole: u32| {
        let size = u64::from(tile) * u64::from(times);
        whole > 0
            && size * u64::from(cuts) >= u64::from(whole)
            && size >= u64::from(whole.div_ceil(cuts))
    };
    let fits = holds(layout.tile.outputs, banks, layout.groups, outputs)
        && holds(layout.tile.columns, device.pim.lanes, layout.slices, inputs)
        && weights as u64 == u64::from(outputs) * u64::from(inputs)
        && vectors.is_multiple_of(inputs as usize);
    let count = u32::try_from(vectors / inputs.max(1) as usize).ok();
    count.filter(|_| fits).ok_or(Fault::Shape { weights, vectors, outputs, inputs })
}
