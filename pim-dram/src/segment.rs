//! The loop orders that take one vector at a time, cut into segments: stretches between two writes of the vector buffer.

use crate::device::Device;
use crate::order::Order;
use crate::pass::{Pass, buffer_columns};

/// A chunk of the vector is written and multiplied with some outputs of each bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Place of its first multiply-accumulate in the tile.
    pub(crate) first: u32,
    /// Bursts of its chunk to write first.
    pub(crate) load: u32,
    /// Bursts of the chunk after it to write meanwhile, into the other buffer.
    pub(crate) ahead: u32,
    /// Outputs of a bank that it serves.
    pub(crate) outputs: u32,
    /// Bursts of its chunk.
    pub(crate) length: u32,
    /// Outputs that are multiplied before their results are read together.
    pub(crate) held: u32,
    /// The accumulators start anew.
    pub(crate) clear: bool,
    /// The results are read.
    pub(crate) read: bool,
}

/// The segments of a pass. A chunk is as long as the vector buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segments {
    pass: Pass,
    /// Outputs that meet all chunks before the next ones do.
    group: u32,
    held: u32,
    stationary: bool,
    /// Bursts of the buffer, and chunks.
    buffer: u32,
    chunks: u32,
    double: bool,
}

impl Segments {
    pub(crate) fn new(pass: Pass, device: &Device) -> Self {
        let outputs = pass.tile.outputs;
        let buffer = buffer_columns(device);
        let accumulators = device.pim.accumulators;
        let (group, held) = match pass.tile.order {
            Order::OutputStationary => (accumulators, accumulators),
            Order::ReuseBuffer(groups) => (outputs, groups.get().min(accumulators)),
            Order::NoReuse | Order::RowOpen => (outputs, 1),
        };
        Self {
            pass,
            group,
            held,
            stationary: pass.tile.order == Order::OutputStationary,
            buffer,
            chunks: pass.tile.columns.div_ceil(buffer),
            double: device.pim.vector_buffers > 1,
        }
    }

    /// The segment of that number; `None` past the last.
    pub(crate) fn get(&self, index: u32) -> Option<Segment> {
        let Self { pass, group, held, stationary, buffer, chunks, double } = *self;
        let (outputs, columns) = (pass.tile.outputs, pass.tile.columns);
        let count = outputs.div_ceil(group) * chunks;
        if index >= count {
            return None;
        }
        let size = |chunk: u32| (columns - chunk * buffer).min(buffer);
        let (which, chunk) = (index / chunks, index % chunks);
        let outputs = group.min(outputs - which * group);
        // A single chunk stays in the buffer.
        let fresh = chunks > 1 || index == 0;
        let written = if index == 0 { pass.loaded } else { double || !fresh };
        let ahead = match (double, index + 1 < count) {
            (true, true) if chunks > 1 => size((chunk + 1) % chunks),
            (true, false) if pass.prefetch => size(0),
            _ => 0,
        };
        Some(Segment {
            first: which * group * columns + outputs * buffer * chunk,
            load: if written { 0 } else { size(chunk) },
            ahead,
            outputs,
            length: size(chunk),
            held,
            clear: !stationary || chunk == 0,
            read: !stationary || chunk + 1 == chunks,
        })
    }
}
