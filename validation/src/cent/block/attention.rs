//! Attention: keys by token over all banks, values by head over channels.

use super::{BANKS, BURST, Block, CHANNELS, Emit, HEAD, Instruction, Rows};
use crate::cent::{ROOM, ROW};

/// Rows that a bank keeps for one element of a value head.
const VALUE_ROWS: u32 = ROOM / ROW;
/// Elements of a value head in a bank.
const ELEMENTS: u32 = HEAD / BANKS;

impl Block<'_> {
    /// The new token's key goes to one bank, its value to the channels of its heads.
    pub(super) fn store_key_and_value(&self, emit: &mut Emit<'_>, rows: &Rows) {
        let before = self.length - 1;
        let bank = before % self.shared_banks();
        let of_device = bank % (CHANNELS * BANKS);
        let key_rows = HEAD * self.model.kv_heads / ROW;
        let first = rows.key_cache + before / self.shared_banks() * key_rows;
        for row in first..first + key_rows {
            for block in 0..self.blocks {
                let channel = of_device / BANKS + block * self.channels;
                for _ in 0..ROW / BURST {
                    emit.one(channel, Instruction::WriteBank { bank: of_device % BANKS, row });
                }
            }
        }
        let last = before.saturating_sub(1) / ROW;
        for head in 0..self.value_heads() {
            for element in 0..ELEMENTS {
                let row = self.value_row(rows.value_cache, head, element) + last;
                let with_head =
                    |channel: &u32| channel * self.value_heads() + head < self.model.kv_heads;
                for channel in (0..self.channels).take_while(with_head) {
                    emit.one(channel, Instruction::WriteAll { row });
                }
            }
        }
    }

    /// Scores: a row holds the keys of eight heads for one token, a bank one token of every so many.
    pub(super) fn score(&self, emit: &mut Emit<'_>, cache: u32) {
        let key_rows = (HEAD * self.model.kv_heads).div_ceil(ROW);
        let rounds = self.length.div_ceil(self.shared_banks());
        for key_row in 0..key_rows {
            for round in 0..rounds {
                let tokens = self.length - round * self.shared_banks();
                let wide = self.shared_banks() / BANKS;
                let used = tokens.div_ceil(BANKS).min(wide);
                let channels = if wide > CHANNELS { CHANNELS } else { Self::told(used) };
                let row = cache + round * key_rows + key_row;
                for _ in 0..self.repeats() {
                    emit.first(channels, Instruction::WriteBuffer { bursts: ROW / BURST });
                    for _ in 0..ROW / HEAD {
                        let columns = HEAD / BURST;
                        emit.first(channels, Instruction::WriteBias);
                        emit.first(channels, Instruction::MacAll { columns, row });
                        emit.first(channels, Instruction::ReadMac);
                    }
                }
            }
        }
    }

    /// Scores times values: the buffer holds a row of scores, a bank eight elements of the head.
    pub(super) fn attend(&self, emit: &mut Emit<'_>, cache: u32) {
        for head in 0..self.value_heads() {
            for _ in 0..self.repeats() {
                for part in 0..self.length.div_ceil(ROW) {
                    let columns = self.part(part).div_ceil(BURST);
                    emit.all(Instruction::WriteBuffer { bursts: columns });
                    for element in 0..ELEMENTS {
                        let row = self.value_row(cache, head, element) + part;
                        emit.all(Instruction::WriteBias);
                        emit.all(Instruction::MacAll { columns, row });
                        emit.all(Instruction::ReadMac);
                    }
                }
            }
        }
    }

    fn value_row(&self, cache: u32, head: u32, element: u32) -> u32 {
        cache + (head * ELEMENTS + element) * VALUE_ROWS
    }
}
