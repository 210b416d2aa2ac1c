//! The column commands of a pass, produced a group of outputs at a time.

use std::collections::VecDeque;
use std::ops::Range;

use crate::device::{CommandId, Device};
use crate::order::Order;
use crate::pass::{Pass, Run, result_bursts};
use crate::segment::{Segment, Segments};

/// The runs of one lane in order.
#[derive(Clone, Debug)]
pub struct Runs<'d> {
    device: &'d Device,
    pass: Pass,
    segments: Segments,
    /// Runs of the group in hand.
    queue: VecDeque<Run>,
    /// The next segment, or row of the tile where rows stay open, and what has gone of it.
    part: u32,
    vector: u32,
    output: u32,
}

impl Iterator for Runs<'_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        while self.queue.is_empty() {
            match self.pass.tile.order {
                Order::RowOpen => self.fill_of_row()?,
                _ => self.fill_of_segment()?,
            }
        }
        self.queue.pop_front()
    }
}

impl<'d> Runs<'d> {
    pub(crate) fn new(device: &'d Device, pass: Pass) -> Self {
        let segments = Segments::new(pass, device);
        let queue = VecDeque::with_capacity(8);
        Self { device, pass, segments, queue, part: 0, vector: 0, output: 0 }
    }

    /// The next outputs of a segment that are held together; `None` past the last.
    fn fill_of_segment(&mut self) -> Option<()> {
        let segment = self.segments.get(self.part)?;
        let Segment { first, load, ahead, outputs, length, held, clear, read } = segment;
        let roles = &self.device.roles;
        if self.output == 0 {
            self.push(roles.write_vector, self.row_at(first), 0..load);
        }
        let count = held.min(outputs - self.output);
        let (begin, end) = (self.output * length, (self.output + count) * length);
        if clear {
            self.clear(count, self.row_at(first + begin));
        }
        self.multiply(first, begin..end, ahead);
        if end == outputs * length {
            // All that is written ahead comes before the last results, which keep the next pass behind it.
            self.write_ahead((2 * end).min(ahead)..ahead, self.row_at(first + end));
        }
        if read {
            let bursts = 0..result_bursts(self.device, count);
            self.push(roles.read_result, self.row_at(first + end), bursts);
        }
        self.output += count;
        if self.output == outputs {
            (self.part, self.output) = (self.part + 1, 0);
        }
        Some(())
    }

    /// Multiply-accumulates at the places `done` of a segment, cut at row ends; two vector bursts written ahead fit between two
    /// of them.
    fn multiply(&mut self, first: u32, done: Range<u32>, ahead: u32) {
        let columns = self.device.spec.geometry.columns();
        let mut at = done.start;
        while at < done.end {
            let column = (first + at) % columns;
            let alone = 2 * at < ahead;
            let count = if alone { 1 } else { (columns - column).min(done.end - at) };
            let row = self.row_at(first + at);
            self.push(self.device.roles.mac, row, column..column + count);
            self.write_ahead(
                (2 * at).min(ahead)..(2 * at + 2).min(ahead),
                self.row_at(first + at + count),
            );
            at += count;
        }
    }

    /// The next outputs of an open row that are held together, for one vector; all vectors are written first.
    fn fill_of_row(&mut self) -> Option<()> {
        let (device, pass) = (self.device, self.pass);
        let (outputs, columns) = (pass.tile.outputs, pass.tile.columns);
        let per_row = (device.spec.geometry.columns() / columns).max(1);
        let rows = pass.tile.rows(device);
        let row = |part| if part < rows { Some(pass.base_row + part) } else { pass.next_row };
        let part = self.part;
        if part == rows {
            return None;
        }
        if (part, self.vector, self.output) == (0, 0, 0) {
            self.push(device.roles.write_vector, row(0), 0..pass.vectors * columns);
        }
        let here = per_row.min(outputs - part * per_row);
        let (start, count) = (self.output, device.pim.accumulators.min(here - self.output));
        self.clear(count, row(part));
        self.push(device.roles.mac, row(part), start * columns..(start + count) * columns);
        self.output += count;
        if self.output == here {
            (self.vector, self.output) = (self.vector + 1, 0);
        }
        if self.vector == pass.vectors {
            (self.part, self.vector) = (self.part + 1, 0);
        }
        self.push(device.roles.read_result, row(self.part), 0..result_bursts(device, count));
        Some(())
    }

    fn row_at(&self, place: u32) -> Option<u32> {
        self.pass.row_at(self.device, place)
    }

    fn write_ahead(&mut self, bursts: Range<u32>, row: Option<u32>) {
        let roles = &self.device.roles;
        // A device with two buffers has the command; none is written ahead otherwise.
        self.push(roles.write_vector_ahead.unwrap_or(roles.write_vector), row, bursts);
    }

    /// Sets the accumulators of `count` outputs, where that takes commands.
    fn clear(&mut self, count: u32, row: Option<u32>) {
        if let Some(command) = self.device.roles.clear {
            self.push(command, row, 0..count);
        }
    }

    fn push(&mut self, command: CommandId, row: Option<u32>, numbers: Range<u32>) {
        if !numbers.is_empty() {
            // A multiply-accumulate is for every unit of the lane, however few of them a command reaches.
            let turns =
                if command == self.device.roles.mac { self.device.macs_per_burst() } else { 1 };
            let count = turns * (numbers.end - numbers.start);
            self.queue.push_back(Run { command, row, first: numbers.start, count, turns });
        }
    }
}
