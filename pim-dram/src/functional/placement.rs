//! Where the weights of a tile lie in its banks, and what the unit takes a burst for that is read from there.

use crate::device::Device;
use crate::order::Order;
use crate::pass::Tile;

/// The place of each weight burst of a tile, alike in all banks. Outputs, bursts and chunks count from 0 within the tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Outputs in each bank.
    pub outputs: u32,
    /// Bursts of an output.
    pub columns: u32,
    /// Outputs that are worked off together, before the next ones are begun.
    pub group: u32,
    /// Bursts that lie together before those of the next output; `columns` where outputs lie one after the other.
    pub block: u32,
    /// Bursts of a vector that are in the buffer at once.
    pub chunk: u32,
    /// Columns of a row that hold weights.
    pub used: u32,
    /// Vectors that are in the buffer at once.
    pub held: u32,
    /// Times that the host sends each vector, burst after burst from its first to its last.
    pub sends: u32,
}

/// The part of an output that meets one chunk of the vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) output: u32,
    pub(super) chunk: u32,
}

impl Placement {
    /// The placement that the passes of a tile work on.
    #[must_use]
    pub fn of(device: &Device, tile: Tile) -> Self {
        let Tile { outputs, columns, order } = tile;
        let geometry = &device.spec.geometry;
        let row = geometry.columns();
        let buffer = device.pim.vector_buffer_bytes / geometry.burst_bytes;
        match order {
            Order::NoReuse | Order::ReuseBuffer(_) | Order::OutputStationary => {
                let chunk = buffer.min(columns);
                let stationary = order == Order::OutputStationary;
                let group = if stationary { device.pim.accumulators } else { outputs };
                let group = group.min(outputs);
                // A vector that fits the buffer stays there.
                let sends = if chunk < columns { outputs.div_ceil(group) } else { 1 };
                Self { outputs, columns, group, block: chunk, chunk, used: row, held: 1, sends }
            }
            Order::RowOpen => Self {
                outputs,
                columns,
                group: outputs,
                block: columns,
                chunk: columns,
                used: (row / columns).max(1) * columns,
                held: tile.vectors_per_pass(device),
                sends: 1,
            },
        }
    }

    /// Row (from the tile's first) and column of a burst of an output.
    #[must_use]
    pub fn address(&self, output: u32, burst: u32) -> (u32, u32) {
        let (block, within) = (burst / self.block, burst % self.block);
        let length = self.block.min(self.columns - block * self.block);
        let first = output - output % self.group;
        let together = self.group.min(self.outputs - first);
        let linear = first * self.columns
            + block * self.block * together
            + (output - first) * length
            + within;
        (linear / self.used, linear % self.used)
    }

    /// Output and burst at a row (from the tile's first) and column, where a weight lies there.
    #[must_use]
    pub fn at(&self, row: u32, column: u32) -> Option<(u32, u32)> {
        let linear = row.checked_mul(self.used)?.checked_add(column)?;
        if column >= self.used || linear >= self.outputs * self.columns {
            return None;
        }
        let first = linear / (self.group * self.columns) * self.group;
        let together = self.group.min(self.outputs - first);
        let linear = linear - first * self.columns;
        let block = linear / (self.block * together);
        let length = self.block.min(self.columns - block * self.block);
        let rest = linear - block * self.block * together;
        Some((first + rest / length, block * self.block + rest % length))
    }

    /// Rows of a bank.
    #[must_use]
    pub fn rows(&self) -> u32 {
        (self.outputs * self.columns).div_ceil(self.used)
    }

    /// Chunks of a vector.
    pub(super) fn chunks(&self) -> u32 {
        self.columns.div_ceil(self.chunk)
    }

    /// Bursts of a chunk.
    pub(super) fn length(&self, chunk: u32) -> u32 {
        self.chunk.min(self.columns - chunk * self.chunk)
    }

    /// The segment that a burst belongs to.
    pub(super) fn segment(&self, row: u32, column: u32) -> Option<Segment> {
        let (output, burst) = self.at(row, column)?;
        Some(Segment { output, chunk: burst / self.chunk })
    }

    /// Vector and burst that the host sends as its `index`-th.
    pub(super) fn sent(&self, index: u32) -> (u32, u32) {
        (index / (self.columns * self.sends), index % self.columns)
    }
}
