//! A product as AiM instructions. All channels that take part get the same ones.
//!
//! Every bank holds one output in turn (a slot); the inputs are cut into chunks that fill the global buffer and one row.

use pim_dram::device::Device;
use pim_dram::order::Order;

use super::Instruction;
use crate::peers::{PeerError, Product};

/// Sizes of a product on one channel.
#[derive(Clone, Copy)]
struct Cut {
    /// Outputs of a bank.
    slots: u64,
    /// Pieces of the inputs.
    chunks: u64,
    /// Inputs.
    inputs: u32,
    /// Inputs of a full chunk.
    chunk: u32,
    /// Inputs of a burst.
    lanes: u32,
}

impl Cut {
    fn new(device: &Device, product: &Product) -> Self {
        let (geometry, lanes) = (&device.spec.geometry, device.pim.lanes);
        let matrix = product.matrix;
        let banks = u64::from(geometry.banks_per_pseudo_channel()) * u64::from(product.channels);
        let chunk = geometry.columns() * lanes;
        let slots = u64::from(matrix.outputs).div_ceil(banks);
        let chunks = u64::from(matrix.inputs.div_ceil(chunk));
        Self { slots, chunks, inputs: matrix.inputs, chunk, lanes }
    }

    /// Bursts of a chunk.
    fn bursts(self, chunk: u64) -> u32 {
        let before = chunk * u64::from(self.chunk);
        let rest = u32::try_from(u64::from(self.inputs) - before).unwrap_or(u32::MAX);
        rest.min(self.chunk).div_ceil(self.lanes)
    }

    fn write(self, chunk: u64) -> Instruction {
        Instruction::WriteBuffer { bursts: self.bursts(chunk) }
    }

    fn mac(self, slot: u64, chunk: u64) -> Instruction {
        let row = u32::try_from(slot * self.chunks + chunk).unwrap_or(u32::MAX);
        Instruction::MacAll { columns: self.bursts(chunk), row }
    }
}

/// The instructions of a product in turn, without EOC.
pub(super) fn product(
    device: &Device,
    product: &Product,
    order: Order,
    emit: &mut impl FnMut(Instruction),
) -> Result<(), PeerError> {
    let cut = Cut::new(device, product);
    for _ in 0..product.tokens {
        match order {
            Order::NoReuse => chunk_by_chunk(cut, 1, emit),
            Order::ReuseBuffer(held) => chunk_by_chunk(cut, held.get().into(), emit),
            Order::OutputStationary => slot_by_slot(cut, emit),
            Order::RowOpen => {
                let known = "no-reuse, reuse-gb:R and output-stationary";
                return Err(PeerError::Order { peer: "aim", order, known });
            }
        }
    }
    Ok(())
}

/// Every chunk is written once and multiplied with all slots, so many of them between two reads of results.
fn chunk_by_chunk(cut: Cut, held: u64, emit: &mut impl FnMut(Instruction)) {
    let groups = cut.slots.div_ceil(held);
    let held = cut.slots.div_ceil(groups);
    for chunk in 0..cut.chunks {
        emit(cut.write(chunk));
        for group in 0..groups {
            let slots = group * held..((group + 1) * held).min(cut.slots);
            slots.clone().for_each(|_| emit(Instruction::WriteBias));
            slots.clone().for_each(|slot| emit(cut.mac(slot, chunk)));
            slots.for_each(|_| emit(Instruction::ReadMac));
        }
    }
}

/// Every slot is finished before the next; the buffer is written for each unless one chunk is all there is.
fn slot_by_slot(cut: Cut, emit: &mut impl FnMut(Instruction)) {
    for slot in 0..cut.slots {
        emit(Instruction::WriteBias);
        for chunk in 0..cut.chunks {
            if cut.chunks > 1 || slot == 0 {
                emit(cut.write(chunk));
            }
            emit(cut.mac(slot, chunk));
        }
        emit(Instruction::ReadMac);
    }
}
