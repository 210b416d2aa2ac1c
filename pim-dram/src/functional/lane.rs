//! The vector buffers, units and accumulators of one lane.
//!
//! No command says which burst of the buffer it wants or where its sum goes. A *segment* is the part of an output that meets
//! one chunk of the vector. The address of its first multiply-accumulate names it; from there on the units count: burst by
//! burst through the buffer, as many as the segment has, into one accumulator. Weights come from whatever row is open.

use super::placement::Segment;
use super::tile::TileData;
use super::{Fault, Placement};
use crate::alu::Arithmetic;
use crate::device::Device;

#[derive(Debug)]
pub(super) struct Lane {
    placement: Placement,
    arithmetic: Arithmetic,
    result_bytes: u32,
    burst_bytes: u32,
    held_accumulators: usize,
    lanes: usize,
    banks: usize,
    tile: TileData,
    /// Bursts that the host has sent.
    sent: u32,
    /// The buffer that is read and the one that is written ahead.
    buffers: [Vec<f32>; 2],
    /// Something was written ahead since the buffers changed places.
    ahead: bool,
    /// Group of vectors and chunk that the buffer that is read holds.
    round: (u32, u32),
    running: Option<Running>,
    /// Times that each segment was begun; the next time serves the vector of that number.
    begun: Vec<u32>,
    accumulators: Vec<Accumulator>,
    vectors: u32,
    /// Per vector, output, bank: results added in the order of arrival.
    results: Vec<f32>,
}

#[derive(Debug)]
struct Running {
    accumulator: usize,
    slot: u32,
    left: u32,
    /// Units that have had the burst of this slot.
    served: usize,
}

/// One accumulator of every unit.
#[derive(Debug)]
struct Accumulator {
    vector: u32,
    output: u32,
    sums: Vec<f32>,
}

impl Lane {
    pub(super) fn new(device: &Device, placement: Placement, tile: TileData, vectors: u32) -> Self {
        let (pim, geometry) = (&device.pim, &device.spec.geometry);
        let lanes = pim.lanes as usize;
        let banks = device.banks_per_lane() as usize;
        let bursts = (pim.vector_buffer_bytes / geometry.burst_bytes) as usize;
        // What was never written shows in the results.
        let buffer = vec![f32::NAN; bursts * lanes];
        Self {
            placement,
            arithmetic: pim.arithmetic,
            result_bytes: pim.result_bytes,
            burst_bytes: geometry.burst_bytes,
            held_accumulators: pim.accumulators as usize,
            lanes,
            banks,
            tile,
            sent: 0,
            buffers: [buffer.clone(), buffer],
            ahead: false,
            round: (0, 0),
            running: None,
            begun: vec![0; placement.outputs as usize * placement.chunks() as usize],
            accumulators: Vec::new(),
            vectors,
            results: vec![0.0; vectors as usize * placement.outputs as usize * banks],
        }
    }

    /// The host's next burst goes to a slot of the buffer that is read, or of the other one.
    pub(super) fn write(&mut self, slot: u32, ahead: bool) -> Result<(), Fault> {
        let burst = self.tile.sent(self.sent).ok_or(Fault::NothingToSend)?;
        let at = slot as usize * self.lanes;
        let buffer = &mut self.buffers[usize::from(ahead)];
        let to = buffer.get_mut(at..at + self.lanes).ok_or(Fault::BeyondBuffer { slot })?;
        to.copy_from_slice(burst);
        self.sent += 1;
        self.ahead |= ahead;
        Ok(())
    }

    /// One burst in some units of the lane: their places in it with the rows open in their banks; `row` and `column` are the
    /// address of the command. The units go on to the next burst together.
    pub(super) fn multiply(
        &mut self,
        units: impl Iterator<Item = (u32, Option<u32>)>,
        row: u32,
        column: u32,
    ) -> Result<(), Fault> {
        let mut running = match self.running.take() {
            Some(running) if running.left > 0 => running,
            _ => self.begin(row, column)?,
        };
        let slot = running.slot;
        let at = slot as usize * self.lanes;
        let vector =
            self.buffers[0].get(at..at + self.lanes).ok_or(Fault::BeyondBuffer { slot })?;
        let sums = &mut self.accumulators[running.accumulator].sums;
        let mut products = vec![0.0; self.lanes];
        for (bank, open) in units {
            let sum = &mut sums[bank as usize];
            let row = open.ok_or(Fault::ClosedRow { bank, row })?;
            let weights =
                self.tile.weights(bank, row, column).ok_or(Fault::NoWeight { row, column })?;
            for ((product, &weight), &element) in products.iter_mut().zip(weights).zip(vector) {
                *product = self.arithmetic.multiply(weight, element);
            }
            *sum = self.arithmetic.accumulate(*sum, self.arithmetic.sum(&mut products));
            running.served += 1;
        }
        if running.served == self.banks {
            running = Running { slot: slot + 1, left: running.left - 1, served: 0, ..running };
        }
        self.running = Some(running);
        Ok(())
    }

    fn begin(&mut self, row: u32, column: u32) -> Result<Running, Fault> {
        let found = self.placement.segment(row, column);
        let Segment { output, chunk } = found.ok_or(Fault::NoWeight { row, column })?;
        let index = chunk as usize * self.placement.outputs as usize + output as usize;
        let vector = self.begun[index];
        if vector >= self.vectors {
            return Err(Fault::TooOften { row, column });
        }
        self.begun[index] += 1;
        let Placement { held, columns, .. } = self.placement;
        let round = (vector / held, chunk);
        if round != self.round && self.ahead {
            self.buffers.swap(0, 1);
            self.ahead = false;
        }
        self.round = round;
        let same = |a: &Accumulator| (a.vector, a.output) == (vector, output);
        let accumulator = match self.accumulators.iter().position(same) {
            Some(index) => index,
            None if self.accumulators.len() < self.held_accumulators => {
                let sums = vec![0.0; self.banks];
                self.accumulators.push(Accumulator { vector, output, sums });
                self.accumulators.len() - 1
            }
            None => return Err(Fault::AccumulatorsFull { row, column }),
        };
        let left = self.placement.length(chunk);
        Ok(Running { accumulator, slot: vector % held * columns, left, served: 0 })
    }

    /// A burst of results: those whose last byte it brings. Accumulator by accumulator, bank by bank within each.
    pub(super) fn read(&mut self, burst: u32) -> Result<(), Fault> {
        self.between_segments()?;
        let count = self.accumulators.len() * self.banks;
        let last_burst = |index: usize| {
            ((index + 1) * self.result_bytes as usize - 1) / self.burst_bytes as usize
        };
        for index in (0..count).filter(|&index| last_burst(index) == burst as usize) {
            let (from, bank) = (&self.accumulators[index / self.banks], index % self.banks);
            let line = from.vector as usize * self.placement.outputs as usize;
            let to = (line + from.output as usize) * self.banks + bank;
            self.results[to] += self.arithmetic.read_out(from.sums[bank], self.result_bytes);
        }
        if count > 0 && last_burst(count - 1) == burst as usize {
            self.accumulators.clear();
        }
        Ok(())
    }

    pub(super) fn clear(&mut self) -> Result<(), Fault> {
        self.accumulators.clear();
        self.between_segments()
    }

    fn between_segments(&self) -> Result<(), Fault> {
        let within = self.running.as_ref().is_some_and(|running| running.left > 0);
        if within { Err(Fault::WithinSum) } else { Ok(()) }
    }

    /// Results per vector, output and bank.
    pub(super) fn finish(self) -> Result<Vec<f32>, Fault> {
        self.between_segments()?;
        let all = self.begun.iter().all(|&times| times == self.vectors);
        if all && self.accumulators.is_empty() { Ok(self.results) } else { Err(Fault::Incomplete) }
    }
}
