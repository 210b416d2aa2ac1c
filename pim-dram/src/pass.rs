//! Lowering: one pass of a matrix tile over its vectors, as the column commands of a lane in order.
//!
//! Rows are not opened here: each run of commands says which row it needs, or which row the next multiply-accumulate will
//! need, and the sequencer closes and opens rows ahead of it. Weights lie in the banks in the order in which the pass reads
//! them, so that rows follow one another.

use crate::device::{CommandId, Device};
use crate::order::Order;
use crate::runs::Runs;

/// The part of a matrix that one lane holds, alike in all of its banks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// Output rows in each bank.
    pub outputs: u32,
    /// Bursts of weights per output row.
    pub columns: u32,
    /// Loop order.
    pub order: Order,
}

impl Tile {
    /// Vectors that one pass takes.
    #[must_use]
    pub fn vectors_per_pass(&self, device: &Device) -> u32 {
        match self.order {
            Order::NoReuse | Order::ReuseBuffer(_) | Order::OutputStationary => 1,
            Order::RowOpen => (buffer_columns(device) / self.columns).max(1),
        }
    }

    /// DRAM rows of a bank that the tile takes. With [`Order::RowOpen`] no output straddles two rows.
    #[must_use]
    pub fn rows(&self, device: &Device) -> u32 {
        let columns = device.spec.geometry.columns();
        match self.order {
            Order::NoReuse | Order::ReuseBuffer(_) | Order::OutputStationary => {
                (self.outputs * self.columns).div_ceil(columns)
            }
            Order::RowOpen => self.outputs.div_ceil((columns / self.columns).max(1)),
        }
    }
}

/// One pass: vectors written, multiplied with the whole tile, results read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pass {
    /// The tile.
    pub tile: Tile,
    /// Vectors of this pass, at most [`Tile::vectors_per_pass`].
    pub vectors: u32,
    /// First DRAM row of the tile in each bank.
    pub base_row: u32,
    /// Row that the next pass starts with, where one follows.
    pub next_row: Option<u32>,
    /// The vector is already in the buffer: the pass before wrote it.
    pub loaded: bool,
    /// Write the next pass's vector meanwhile, into the other buffer.
    pub prefetch: bool,
    /// The first of a job: the units are set up.
    pub first: bool,
    /// The last of a job: the units are left.
    pub last: bool,
}

/// Column commands of one kind in a row, on a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The command.
    pub command: CommandId,
    /// The row that it needs, or that the next multiply-accumulate after it needs.
    pub row: Option<u32>,
    /// Column of the row for a multiply-accumulate, burst number for a transfer; it goes up by one every `turns` commands.
    pub first: u32,
    /// Commands.
    pub count: u32,
    /// Commands of one number: as many as a lane has parts where each of them gets one, else 1.
    pub turns: u32,
}

impl Run {
    /// Column or burst number of the `number`-th command.
    #[must_use]
    pub fn column(&self, number: u32) -> u32 {
        self.first + number / self.turns
    }
}

impl Pass {
    /// A pass that none follows or precedes, rows from 0.
    #[must_use]
    pub fn alone(tile: Tile, vectors: u32) -> Self {
        Self {
            tile,
            vectors,
            base_row: 0,
            next_row: None,
            loaded: false,
            prefetch: false,
            first: true,
            last: true,
        }
    }

    /// The commands of one lane.
    #[must_use]
    pub fn runs(self, device: &Device) -> Runs<'_> {
        Runs::new(device, self)
    }

    /// Row of the multiply-accumulate at a place of the tile, counted in the order of the pass; past the end, that of the next pass.
    pub(crate) fn row_at(&self, device: &Device, place: u32) -> Option<u32> {
        if place < self.tile.outputs * self.tile.columns {
            Some(self.base_row + place / device.spec.geometry.columns())
        } else {
            self.next_row
        }
    }
}

/// Bursts that the results of `count` accumulators of every unit of a lane take.
#[must_use]
pub fn result_bursts(device: &Device, count: u32) -> u32 {
    let bytes = device.banks_per_lane() * count * device.pim.result_bytes;
    bytes.div_ceil(device.spec.geometry.burst_bytes)
}

/// Bursts that one vector buffer holds.
pub(crate) fn buffer_columns(device: &Device) -> u32 {
    device.pim.vector_buffer_bytes / device.spec.geometry.burst_bytes
}
