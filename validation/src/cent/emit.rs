//! Steps that recur: what several blocks of a device do at once, bursts to and from single banks.

use super::block::Block;
use super::{BANKS, BURST};
use crate::peers::aim::Instruction;
use crate::peers::aim::system::Step;

/// Steps of one block and of those that share its device.
pub(super) struct Emit<'e> {
    pub(super) to: &'e mut dyn FnMut(Step),
    /// Channels of a block.
    pub(super) channels: u32,
    /// Blocks of the device.
    pub(super) blocks: u32,
}

impl Emit<'_> {
    /// An instruction for all blocks' channels.
    pub(super) fn all(&mut self, instruction: Instruction) {
        self.first(self.channels * self.blocks, instruction);
    }

    /// An instruction for the first so many channels.
    pub(super) fn first(&mut self, channels: u32, instruction: Instruction) {
        (self.to)(Step::First(channels, instruction));
    }

    /// An instruction for one channel.
    pub(super) fn one(&mut self, channel: u32, instruction: Instruction) {
        (self.to)(Step::One(channel, instruction));
    }

    pub(super) fn sync(&mut self) {
        (self.to)(Step::Sync);
    }

    /// An addition in the units near the memory.
    pub(super) fn add(&mut self) {
        (self.to)(Step::Inside);
    }

    /// One burst written to a bank, counted over the channels of a block, in every block.
    pub(super) fn write(&mut self, bank: u32, row: u32) {
        self.each(bank, |bank| Instruction::WriteBank { bank, row });
    }

    /// One burst read from a bank of every block.
    pub(super) fn read(&mut self, bank: u32, row: u32) {
        self.each(bank, |bank| Instruction::ReadBank { bank, row });
    }

    fn each(&mut self, bank: u32, instruction: impl Fn(u32) -> Instruction) {
        for block in 0..self.blocks {
            let channel = bank / BANKS + block * self.channels;
            self.one(channel, instruction(bank % BANKS));
        }
    }

    /// A vector, `length` elements in each bank of a spread, burst by burst: which burst of which bank, by `access`.
    pub(super) fn spread(
        &mut self,
        spread: Spread,
        place: u32,
        mut access: impl FnMut(&mut Self, u32),
    ) {
        for _ in 0..spread.length.div_ceil(BURST) {
            for bank in 0..spread.banks {
                access(self, bank * spread.every + place);
            }
        }
    }
}

/// A vector over banks: over one bank of every two, or of every four.
#[derive(Clone, Copy)]
pub(super) struct Spread {
    /// Banks between two parts.
    every: u32,
    /// Elements in a bank.
    pub(super) length: u32,
    /// Banks that hold some.
    banks: u32,
}

impl Spread {
    /// `elements` over one bank of every `every` banks of a block.
    pub(super) fn new(block: &Block<'_>, elements: u32, every: u32) -> Self {
        let length = elements.div_ceil(block.banks() / every);
        Self { every, length, banks: elements.div_ceil(length) }
    }

    /// The same banks with another number of elements in each.
    pub(super) fn with(self, length: u32) -> Self {
        Self { length, ..self }
    }

    /// Columns of a bank.
    pub(super) fn columns(self) -> u32 {
        self.length.div_ceil(BURST)
    }
}
