//! Vectors: normalisation, rotary embedding, softmax, the gate of the feed-forward network.
//!
//! An element-wise product takes its operands from banks 0 and 1 of every bank group and leaves its result in bank 2.

use super::{BANKS, BURST, Block, Emit, Instruction, Rows, Spread};
use crate::cent::ROW;

/// Banks of a group.
const GROUP: u32 = 4;

impl Block<'_> {
    /// RMS norm of a vector: the sum of squares from pairs of banks, then two element-wise products.
    pub(super) fn norm(&self, emit: &mut Emit<'_>, squares: u32, copy: u32, scaled: u32) {
        let pairs = Spread::new(self, self.model.dim, 2);
        for place in [0, 1] {
            emit.spread(pairs, place, |emit, bank| emit.write(bank, squares));
        }
        emit.all(Instruction::WriteBias);
        emit.all(Instruction::MacAll { columns: pairs.columns(), row: squares });
        emit.all(Instruction::ReadMac);
        let groups = Spread::new(self, self.model.dim, GROUP);
        for place in [0, 1] {
            emit.spread(groups, place, |emit, bank| emit.write(bank, copy));
        }
        let columns = groups.columns();
        emit.all(Instruction::Multiply { columns, row: copy });
        hand_on(emit, columns, copy, scaled);
        emit.all(Instruction::Multiply { columns, row: scaled });
        emit.spread(groups, 2, |emit, bank| emit.read(bank, scaled));
        emit.sync();
    }

    /// Rotary embedding of query and key.
    pub(super) fn rotary(&self, emit: &mut Emit<'_>, rows: &Rows) {
        let groups = Spread::new(self, self.model.dim, GROUP);
        let queries = groups.with(groups.length * 2);
        let keys = groups.with(groups.length / self.repeats() * 2);
        emit.spread(queries, 1, |emit, bank| emit.write(bank, rows.queries));
        emit.spread(keys, 1, |emit, bank| emit.write(bank, rows.keys));
        let columns = self.model.dim / BURST;
        emit.all(Instruction::Multiply { columns, row: rows.queries });
        emit.all(Instruction::Multiply { columns: columns / self.repeats(), row: rows.keys });
        // The authors' trace writes where it means to read the results.
        emit.spread(queries, 2, |emit, bank| emit.write(bank, rows.queries));
        emit.spread(keys, 2, |emit, bank| emit.write(bank, rows.keys));
    }

    /// Softmax of the scores: scaled, given to the near-memory units, scaled by the reciprocal of the sum.
    pub(super) fn softmax(&self, emit: &mut Emit<'_>, row: u32) {
        for _ in 0..2 {
            for place in [0, 1] {
                self.scores(emit, place, row, Emit::write);
            }
            let rows = self.length.div_ceil(ROW);
            for score in 0..self.heads_per_group() {
                for part in 0..rows {
                    let columns = self.part(part).div_ceil(BURST);
                    let row = row + score * rows + part;
                    emit.all(Instruction::Multiply { columns, row });
                }
            }
            self.scores(emit, 2, row, Emit::read);
            emit.sync();
        }
    }

    /// The scores of all heads, a head in one bank of a group.
    fn scores<'e>(
        &self,
        emit: &mut Emit<'e>,
        place: u32,
        row: u32,
        access: fn(&mut Emit<'e>, u32, u32),
    ) {
        let rows = self.length.div_ceil(ROW);
        let held = self.heads_per_group();
        for part in 0..rows {
            for score in 0..held {
                for _ in 0..self.part(part).div_ceil(BURST) {
                    let groups = 0..self.banks() / GROUP;
                    for group in groups.take_while(|group| group * held + score < self.model.heads)
                    {
                        access(emit, group * GROUP + place, row + score * rows + part);
                    }
                }
            }
        }
    }

    /// SiLU of the gate times what it gates.
    pub(super) fn gate(&self, emit: &mut Emit<'_>, row: u32) {
        let groups = Spread::new(self, self.model.ffn, GROUP);
        let columns = groups.columns();
        for place in [0, 1] {
            emit.spread(groups, place, |emit, bank| emit.write(bank, row));
        }
        emit.all(Instruction::Multiply { columns, row });
        hand_on(emit, columns, row, row);
        emit.spread(groups, 0, |emit, bank| emit.write(bank, row));
        emit.all(Instruction::Multiply { columns, row });
        emit.spread(groups, 2, |emit, bank| emit.read(bank, row));
        emit.sync();
    }

    /// Tokens of a part of the context, a row of them at most.
    pub(super) fn part(&self, part: u32) -> u32 {
        (self.length - part * ROW).min(ROW)
    }
}

/// Copies results by way of the global buffer to where the next product takes its second operand from.
fn hand_on(emit: &mut Emit<'_>, columns: u32, from: u32, to: u32) {
    for bank in (2..BANKS).step_by(GROUP as usize) {
        emit.all(Instruction::CopyToBuffer { columns, bank, row: from });
        emit.all(Instruction::CopyToBank { columns, bank: bank - 1, row: to });
    }
}
