//! Matrix-vector products: outputs over all banks, inputs in pieces of a row.

use super::{BANKS, BURST, Block, Emit, Instruction};
use crate::cent::{ACCUMULATORS, ROW};

impl Block<'_> {
    /// A product with a matrix of weights; `activated` outputs go through the activation function as well.
    ///
    /// Every piece of the inputs is written once. As many outputs as there are accumulators are worked on between two reads.
    pub(super) fn gemv(
        &self,
        emit: &mut Emit<'_>,
        row: u32,
        inputs: u32,
        outputs: u32,
        activated: bool,
    ) {
        let of_bank = outputs.div_ceil(self.shared_banks());
        let channels = Self::told(outputs.div_ceil(of_bank).div_ceil(BANKS));
        let held = if activated { ACCUMULATORS / 2 } else { ACCUMULATORS };
        let groups = of_bank.div_ceil(held);
        let held = of_bank.div_ceil(groups);
        let pieces = inputs.div_ceil(ROW);
        for piece in 0..pieces {
            let columns = (inputs - piece * ROW).min(ROW).div_ceil(BURST);
            emit.first(channels, Instruction::WriteBuffer { bursts: columns });
            for group in 0..groups {
                let group = group * held..((group + 1) * held).min(of_bank);
                group.clone().for_each(|_| emit.first(channels, Instruction::WriteBias));
                for output in group.clone() {
                    let row = row + output * pieces + piece;
                    emit.first(channels, Instruction::MacAll { columns, row });
                }
                if activated && piece + 1 == pieces {
                    for _ in group.clone() {
                        emit.first(channels, Instruction::Activate);
                        emit.first(channels, Instruction::ReadAf);
                    }
                }
                group.for_each(|_| emit.first(channels, Instruction::ReadMac));
            }
        }
    }
}
