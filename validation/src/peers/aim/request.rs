//! What an instruction asks of its channel.

use pim_dram::device::CommandId;

use super::Instruction;
use super::names::Commands;

/// The row of the activation function's table: an address of its own, outside of the array.
const AF_ROW: u32 = 1 << 29;

/// Cycles from a command to its completion as the host counts them: data on the bus, or one cycle where none moves.
/// EOC waits for it, and after reads of registers so does the next instruction.
mod completes {
    /// Commands that stay within the device.
    pub(super) const INSIDE: u64 = 1;
    /// Reads of registers: nBL.
    pub(super) const REGISTER_READ: u64 = 2;
    /// Writes of registers and of the global buffer: one cycle and nBL.
    pub(super) const REGISTER_WRITE: u64 = 3;
    /// Writes of all banks: nCWL + nBL + nRP.
    pub(super) const WRITE_ALL: u64 = 40;
    /// Plain writes: nCWL + nBL.
    pub(super) const WRITE: u64 = 8;
}

/// The two modes of a channel.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Activations, precharges, column commands of banks.
    Bank,
    /// Registers and global buffer.
    Register,
}

/// A command that an instruction wants issued.
#[derive(Clone, Copy)]
pub(super) struct Request {
    pub(super) command: CommandId,
    pub(super) target: u32,
    pub(super) row: Option<u32>,
    pub(super) mode: Mode,
    /// Cycles to completion.
    pub(super) completes: u64,
}

/// An instruction as commands.
#[derive(Clone, Copy)]
pub(super) struct Work {
    pub(super) request: Request,
    /// How often, one column after the other.
    pub(super) times: u32,
    /// The next instruction waits until it is complete.
    pub(super) blocks: bool,
    /// A plain read or write.
    pub(super) plain: bool,
}

impl Work {
    /// `read_latency` is that of a plain read.
    pub(super) fn of(instruction: Instruction, c: &Commands, read_latency: u64) -> Self {
        use completes::{INSIDE, REGISTER_READ, REGISTER_WRITE, WRITE, WRITE_ALL};
        let bank = |times, command, target, row| {
            let request =
                Request { command, target, row: Some(row), mode: Mode::Bank, completes: INSIDE };
            Self { request, times, blocks: false, plain: false }
        };
        let plain = |command, target, row, completes| {
            let work = bank(1, command, target, row);
            Self { request: Request { completes, ..work.request }, plain: true, ..work }
        };
        let register = |times, command, completes| {
            let request =
                Request { command, target: 0, row: None, mode: Mode::Register, completes };
            Self { request, times, blocks: false, plain: false }
        };
        let read = |command| Self { blocks: true, ..register(1, command, REGISTER_READ) };
        match instruction {
            Instruction::WriteBuffer { bursts } => register(bursts, c.wrgb, REGISTER_WRITE),
            Instruction::WriteBias => register(1, c.wrmac16, REGISTER_WRITE),
            Instruction::ReadMac => read(c.rdmac16),
            Instruction::ReadAf => read(c.rdaf16),
            Instruction::MacAll { columns, row } => bank(columns, c.mac16, 0, row),
            Instruction::MacBank { columns, bank: target, row } => {
                bank(columns, c.mac, target, row)
            }
            Instruction::Activate => bank(1, c.af16, 0, AF_ROW),
            Instruction::Multiply { columns, row } => bank(columns, c.ewmul16, 0, row),
            Instruction::CopyToBuffer { columns, bank: target, row } => {
                bank(columns, c.rdcp, target, row)
            }
            Instruction::CopyToBank { columns, bank: target, row } => {
                bank(columns, c.wrcp, target, row)
            }
            Instruction::WriteAll { row } => {
                let work = bank(1, c.wra16, 0, row);
                Self { request: Request { completes: WRITE_ALL, ..work.request }, ..work }
            }
            Instruction::ReadBank { bank, row } => plain(c.rd, bank, row, read_latency),
            Instruction::WriteBank { bank, row } => plain(c.wr, bank, row, WRITE),
        }
    }
}
