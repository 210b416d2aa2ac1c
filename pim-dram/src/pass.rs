//! Lowering: one pass of a matrix tile over its vectors, as the column commands of a pseudo-channel in order.
//!
//! Rows are not opened here: each operation says which row it needs, or which row the next multiply-accumulate will need,
//! and the sequencer closes and opens rows ahead of it.

use crate::device::{CommandId, Device};
use crate::geometry::Level;

/// How the loops over vectors and rows are nested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// One vector after the other, each over all rows of the tile: the experts of a layer.
    TokenByToken,
    /// Every row stays open for as many vectors as the vector buffer holds: query heads that share a KV head.
    RowOpen,
}

/// The part of a matrix that one pseudo-channel holds, alike in all of its banks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
            Order::TokenByToken => 1,
            Order::RowOpen => (buffer_columns(device) / self.columns).max(1),
        }
    }

    /// DRAM rows of a bank that the tile takes. With [`Order::RowOpen`] no output straddles two rows.
    #[must_use]
    pub fn rows(&self, device: &Device) -> u32 {
        let columns = device.spec.geometry.columns();
        match self.order {
            Order::TokenByToken => (self.outputs * self.columns).div_ceil(columns),
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
}

/// A column command of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Op {
    /// The command; it addresses the whole pseudo-channel.
    pub command: CommandId,
    /// The row that it needs, or that the next multiply-accumulate after it needs.
    pub row: Option<u32>,
    /// Column of the row for a multiply-accumulate, burst number for a transfer.
    pub column: u32,
}

impl Pass {
    /// The commands of one pseudo-channel.
    pub fn ops<'d>(self, device: &'d Device) -> Box<dyn Iterator<Item = Op> + 'd> {
        match self.tile.order {
            Order::TokenByToken => Box::new(self.token_ops(device)),
            Order::RowOpen => Box::new(self.row_open_ops(device)),
        }
    }

    /// The input is cut into chunks of one vector buffer; a chunk is multiplied with all outputs before the next is written,
    /// or while it is written where there are two buffers. Partial sums of the chunks are added by the host.
    fn token_ops(self, device: &Device) -> impl Iterator<Item = Op> + use<'_> {
        let Tile { outputs, columns, .. } = self.tile;
        let buffer = buffer_columns(device);
        let chunks = columns.div_ceil(buffer);
        let double = device.spec.pim.vector_buffers > 1;
        let size = move |chunk: u32| (columns - chunk * buffer).min(buffer);
        let row = move |linear: u32| Some(self.base_row + linear / device.spec.geometry.columns());
        let emit = Emit { device };

        (0..chunks).flat_map(move |chunk| {
            let (length, first) = (size(chunk), outputs * buffer * chunk);
            let row_at = move |done: u32| {
                if done < outputs * length {
                    row(first + done)
                } else if chunk + 1 < chunks {
                    row(outputs * buffer * (chunk + 1))
                } else {
                    self.next_row
                }
            };
            let written = if chunk == 0 { self.loaded } else { double };
            let ahead = match (double, chunk + 1 < chunks) {
                (true, true) => size(chunk + 1),
                (true, false) if self.prefetch => size(0),
                _ => 0,
            };
            let writes = emit.vector(0..if written { 0 } else { length }, row_at(0));
            let groups = emit.groups(outputs).flat_map(move |(start, count)| {
                let macs = (start * length..(start + count) * length).flat_map(move |done| {
                    // Two vector bursts fit between two multiply-accumulates.
                    let burst = (2 * done).min(ahead)..(2 * done + 2).min(ahead);
                    let mac = emit.mac(row_at(done), first + done);
                    std::iter::once(mac).chain(emit.ahead(burst, row_at(done + 1)))
                });
                // All that is written ahead comes before the last results, which keep the next pass behind it.
                let end = (start + count) * length;
                let rest =
                    if start + count == outputs { (2 * end).min(ahead)..ahead } else { 0..0 };
                macs.chain(emit.ahead(rest, row_at(end))).chain(emit.results(count, row_at(end)))
            });
            writes.chain(groups)
        })
    }

    /// All vectors are written first; then every row serves each of them in turn.
    fn row_open_ops(self, device: &Device) -> impl Iterator<Item = Op> + use<'_> {
        let Tile { outputs, columns, .. } = self.tile;
        let per_row = (device.spec.geometry.columns() / columns).max(1);
        let rows = self.tile.rows(device);
        let emit = Emit { device };
        let row = move |index: u32| {
            if index < rows { Some(self.base_row + index) } else { self.next_row }
        };
        let writes = emit.vector(0..self.vectors * columns, row(0));
        let body = (0..rows).flat_map(move |index| {
            let here = per_row.min(outputs - index * per_row);
            (0..self.vectors).flat_map(move |vector| {
                emit.groups(here).flat_map(move |(start, count)| {
                    let last = vector + 1 == self.vectors && start + count == here;
                    let macs = (start * columns..(start + count) * columns)
                        .map(move |column| emit.mac(row(index), column));
                    macs.chain(emit.results(count, row(index + u32::from(last))))
                })
            })
        });
        writes.chain(body)
    }
}

/// Makes the operations of each kind.
#[derive(Clone, Copy)]
struct Emit<'d> {
    device: &'d Device,
}

impl<'d> Emit<'d> {
    fn vector(
        self,
        bursts: std::ops::Range<u32>,
        row: Option<u32>,
    ) -> impl Iterator<Item = Op> + use<'d> {
        let command = self.device.roles.write_vector;
        bursts.map(move |column| Op { command, row, column })
    }

    fn ahead(
        self,
        bursts: std::ops::Range<u32>,
        row: Option<u32>,
    ) -> impl Iterator<Item = Op> + use<'d> {
        let roles = &self.device.roles;
        // A device with two buffers has it; none is written ahead otherwise.
        let command = roles.write_vector_ahead.unwrap_or(roles.write_vector);
        bursts.map(move |column| Op { command, row, column })
    }

    fn mac(self, row: Option<u32>, linear: u32) -> Op {
        let column = linear % self.device.spec.geometry.columns();
        Op { command: self.device.roles.mac, row, column }
    }

    /// Runs of outputs that the accumulators hold at once: (first, count).
    fn groups(self, outputs: u32) -> impl Iterator<Item = (u32, u32)> + use<'d> {
        let held = self.device.spec.pim.accumulators;
        (0..outputs.div_ceil(held)).map(move |g| (g * held, held.min(outputs - g * held)))
    }

    /// The results of `count` accumulators of every unit.
    fn results(self, count: u32, row: Option<u32>) -> impl Iterator<Item = Op> + use<'d> {
        let command = self.device.roles.read_result;
        (0..result_bursts(self.device, count)).map(move |column| Op { command, row, column })
    }
}

/// Bursts that the results of `count` accumulators of every unit of a pseudo-channel take.
#[must_use]
pub fn result_bursts(device: &Device, count: u32) -> u32 {
    let spec = &device.spec;
    let units = device.topology.count(Level::Bank) / spec.geometry.pseudo_channels;
    (units * count * spec.pim.result_bytes).div_ceil(spec.geometry.burst_bytes)
}

/// Bursts that one vector buffer holds.
fn buffer_columns(device: &Device) -> u32 {
    device.spec.pim.vector_buffer_bytes / device.spec.geometry.burst_bytes
}
