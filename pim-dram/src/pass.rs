//! Lowering: one pass of a matrix tile over its vectors, as the column commands of a lane in order.
//!
//! Rows are not opened here: each run of commands says which row it needs, or which row the next multiply-accumulate will
//! need, and the sequencer closes and opens rows ahead of it. Weights lie in the banks in the order in which the pass reads
//! them, so that rows follow one another.

use std::ops::Range;

use crate::device::{CommandId, Device};
use crate::order::Order;
use crate::segment::{Segment, segments};

/// The part of a matrix that one lane holds, alike in all of its banks.
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
    /// Column of the row for a multiply-accumulate, burst number for a transfer; it goes up by one with each command.
    pub first: u32,
    /// Commands.
    pub count: u32,
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
    pub fn runs<'d>(self, device: &'d Device) -> Box<dyn Iterator<Item = Run> + 'd> {
        let emit = Emit { device };
        let body: Box<dyn Iterator<Item = Run> + 'd> = match self.tile.order {
            Order::RowOpen => Box::new(emit.row_open(self)),
            _ => Box::new(segments(self, device).flat_map(move |s| emit.segment(self, s))),
        };
        Box::new(body.filter(|run| run.count > 0))
    }

    /// Row of the multiply-accumulate at a place of the tile, counted in the order of the pass; past the end, that of the next pass.
    fn row_at(&self, device: &Device, place: u32) -> Option<u32> {
        if place < self.tile.outputs * self.tile.columns {
            Some(self.base_row + place / device.spec.geometry.columns())
        } else {
            self.next_row
        }
    }
}

/// Makes the runs of each kind.
#[derive(Clone, Copy)]
struct Emit<'d> {
    device: &'d Device,
}

impl<'d> Emit<'d> {
    fn segment(self, pass: Pass, segment: Segment) -> impl Iterator<Item = Run> + use<'d> {
        let Segment { first, load, ahead, outputs, length, held, clear, read } = segment;
        let row_at = move |place| pass.row_at(self.device, place);
        let writes = self.transfer(self.device.roles.write_vector, 0..load, row_at(first));
        let groups = groups(outputs, held).flat_map(move |(start, count)| {
            let (begin, end) = (start * length, (start + count) * length);
            let clears = self.clear(if clear { count } else { 0 }, row_at(first + begin));
            // All that is written ahead comes before the last results, which keep the next pass behind it.
            let rest = if end == outputs * length { (2 * end).min(ahead)..ahead } else { 0..0 };
            let results = if read { result_bursts(self.device, count) } else { 0 };
            clears
                .chain(self.multiply(pass, first, begin..end, ahead))
                .chain(self.ahead(rest, row_at(first + end)))
                .chain(self.transfer(
                    self.device.roles.read_result,
                    0..results,
                    row_at(first + end),
                ))
        });
        std::iter::once(writes).flatten().chain(groups)
    }

    /// Multiply-accumulates at the places `done` of a segment, cut at row ends; two vector bursts written ahead fit between two
    /// of them.
    fn multiply(
        self,
        pass: Pass,
        first: u32,
        done: Range<u32>,
        ahead: u32,
    ) -> impl Iterator<Item = Run> + use<'d> {
        let columns = self.device.spec.geometry.columns();
        let end = done.end;
        let mut at = done.start;
        std::iter::from_fn(move || {
            (at < end).then(|| {
                let place = first + at;
                let alone = 2 * at < ahead;
                let count = if alone { 1 } else { (columns - place % columns).min(end - at) };
                let row = pass.row_at(self.device, place);
                let mac =
                    Run { command: self.device.roles.mac, row, first: place % columns, count };
                let burst = (2 * at).min(ahead)..(2 * at + 2).min(ahead);
                let next = pass.row_at(self.device, place + count);
                at += count;
                std::iter::once(mac).chain(self.ahead(burst, next))
            })
        })
        .flatten()
    }

    /// All vectors are written first; then every row serves each of them in turn.
    fn row_open(self, pass: Pass) -> impl Iterator<Item = Run> + use<'d> {
        let device = self.device;
        let Tile { outputs, columns, .. } = pass.tile;
        let per_row = (device.spec.geometry.columns() / columns).max(1);
        let rows = pass.tile.rows(device);
        let row =
            move |index| if index < rows { Some(pass.base_row + index) } else { pass.next_row };
        let bursts = 0..pass.vectors * columns;
        let writes = self.transfer(device.roles.write_vector, bursts, row(0));
        let body = (0..rows).flat_map(move |index| {
            let here = per_row.min(outputs - index * per_row);
            (0..pass.vectors).flat_map(move |vector| {
                let held = device.spec.pim.accumulators;
                groups(here, held).flat_map(move |(start, count)| {
                    let last = vector + 1 == pass.vectors && start + count == here;
                    let mac = Run {
                        command: device.roles.mac,
                        row: row(index),
                        first: start * columns,
                        count: count * columns,
                    };
                    let results = 0..result_bursts(device, count);
                    let after = row(index + u32::from(last));
                    self.clear(count, row(index)).chain([mac]).chain(self.transfer(
                        device.roles.read_result,
                        results,
                        after,
                    ))
                })
            })
        });
        std::iter::once(writes).flatten().chain(body)
    }

    fn transfer(
        self,
        command: CommandId,
        bursts: Range<u32>,
        row: Option<u32>,
    ) -> std::option::IntoIter<Run> {
        let Range { start, end } = bursts;
        Some(Run { command, row, first: start, count: end.saturating_sub(start) }).into_iter()
    }

    fn ahead(self, bursts: Range<u32>, row: Option<u32>) -> std::option::IntoIter<Run> {
        let roles = &self.device.roles;
        // A device with two buffers has the command; none is written ahead otherwise.
        self.transfer(roles.write_vector_ahead.unwrap_or(roles.write_vector), bursts, row)
    }

    /// Sets the accumulators of `count` outputs, where that takes commands.
    fn clear(self, count: u32, row: Option<u32>) -> std::option::IntoIter<Run> {
        let clear = self.device.roles.clear;
        clear.map(|command| Run { command, row, first: 0, count }).into_iter()
    }
}

/// Runs of outputs that are held at once: (first, count).
fn groups(outputs: u32, held: u32) -> impl Iterator<Item = (u32, u32)> {
    (0..outputs.div_ceil(held)).map(move |g| (g * held, held.min(outputs - g * held)))
}

/// Bursts that the results of `count` accumulators of every unit of a lane take.
#[must_use]
pub fn result_bursts(device: &Device, count: u32) -> u32 {
    let spec = &device.spec;
    (device.banks_per_lane() * count * spec.pim.result_bytes).div_ceil(spec.geometry.burst_bytes)
}

/// Bursts that one vector buffer holds.
pub(crate) fn buffer_columns(device: &Device) -> u32 {
    device.spec.pim.vector_buffer_bytes / device.spec.geometry.burst_bytes
}
