//! The data of one tile: the part of a matrix that a lane holds, and its part of the vectors.

use super::{Operands, Placement};
use crate::device::Device;
use crate::layout::Layout;

/// Elements by address and by burst. What lies beyond the matrix is +0.
#[derive(Clone, Debug)]
pub(super) struct TileData {
    /// Per bank, row, column used, lane.
    weights: Vec<f32>,
    /// Per vector, burst, lane.
    vectors: Vec<f32>,
    placement: Placement,
    lanes: usize,
}

/// Which outputs and inputs of the matrix a tile holds. The outputs of a group go round the banks.
#[derive(Clone, Copy)]
pub(super) struct Place {
    first_output: u32,
    outputs: u32,
    first_input: u32,
    inputs: u32,
    banks: u32,
}

impl Place {
    pub(super) fn new(device: &Device, layout: &Layout, slice: u32, group: u32) -> Self {
        let run = |index: u32, parts: u32, whole: u32| {
            let first = whole.div_ceil(parts).saturating_mul(index).min(whole);
            (first, whole.div_ceil(parts).min(whole - first))
        };
        let (first_output, outputs) = run(group, layout.groups, layout.matrix.outputs);
        let (first_input, inputs) = run(slice, layout.slices, layout.matrix.inputs);
        let banks = device.banks_per_lane();
        Self { first_output, outputs, first_input, inputs, banks }
    }

    /// The matrix's output that is the bank's `output`-th.
    pub(super) fn output(&self, bank: u32, output: u32) -> Option<u32> {
        let within = output * self.banks + bank;
        (within < self.outputs).then_some(self.first_output + within)
    }

    fn inputs(&self, burst: u32, lanes: u32) -> std::ops::Range<u32> {
        let first = (burst * lanes).min(self.inputs);
        let last = (first + lanes).min(self.inputs);
        self.first_input + first..self.first_input + last
    }
}

impl TileData {
    pub(super) fn new(
        device: &Device,
        layout: &Layout,
        placement: Placement,
        place: Place,
        operands: Operands<'_>,
    ) -> Self {
        let pim = &device.pim;
        let lanes = pim.lanes as usize;
        let inputs = layout.matrix.inputs as usize;
        let fill = |to: &mut [f32], from: &[u16], line: usize, burst: u32| {
            let range = place.inputs(burst, pim.lanes);
            let from = &from[line * inputs..][range.start as usize..range.end as usize];
            for (to, &bits) in to.iter_mut().zip(from) {
                *to = pim.arithmetic.element.decode(bits.into());
            }
        };
        let words = placement.rows() as usize * placement.used as usize * lanes;
        let mut weights = vec![0.0; words * place.banks as usize];
        for (bank, store) in (0_u32..).zip(weights.chunks_exact_mut(words)) {
            for output in 0..placement.outputs {
                let Some(line) = place.output(bank, output) else { continue };
                for burst in 0..placement.columns {
                    let (row, column) = placement.address(output, burst);
                    let at = (row as usize * placement.used as usize + column as usize) * lanes;
                    fill(&mut store[at..at + lanes], operands.weights, line as usize, burst);
                }
            }
        }
        let per_vector = placement.columns as usize * lanes;
        let mut vectors = vec![0.0; operands.vectors.len() / inputs * per_vector];
        for (line, vector) in vectors.chunks_exact_mut(per_vector).enumerate() {
            for (burst, to) in (0_u32..).zip(vector.chunks_exact_mut(lanes)) {
                fill(to, operands.vectors, line, burst);
            }
        }
        Self { weights, vectors, placement, lanes }
    }

    /// What a bank's burst holds.
    pub(super) fn weights(&self, bank: u32, row: u32, column: u32) -> Option<&[f32]> {
        let Placement { used, .. } = self.placement;
        if row >= self.placement.rows() || column >= used {
            return None;
        }
        let at = (bank as usize * self.placement.rows() as usize + row as usize) * used as usize;
        self.weights.get((at + column as usize) * self.lanes..)?.get(..self.lanes)
    }

    /// The burst that the host sends as its `index`-th.
    pub(super) fn sent(&self, index: u32) -> Option<&[f32]> {
        let (vector, burst) = self.placement.sent(index);
        let at = vector as usize * self.placement.columns as usize + burst as usize;
        self.vectors.get(at * self.lanes..)?.get(..self.lanes)
    }
}
