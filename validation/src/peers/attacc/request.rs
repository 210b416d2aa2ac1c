//! What the host asks of a channel, and the commands that serve it.

use pim_dram::device::{CommandId, Device};

use crate::peers::PeerError;

/// Where vectors are multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// At every bank.
    Bank,
    /// At every bank group.
    BankGroup,
    /// In the buffer die, one unit a pseudo-channel.
    Buffer,
}

/// A request to one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Multiply-accumulate one burst.
    Mac {
        /// The bank that it is addressed to; units at all banks are addressed at the first.
        bank: u32,
        /// Its row.
        row: u32,
        /// Burst of the row.
        column: u32,
    },
    /// A command that needs no row.
    Move {
        /// The command.
        command: CommandId,
        /// The bank that it is addressed to.
        bank: u32,
    },
    /// What follows waits for what precedes.
    Barrier,
}

/// Commands by use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Commands {
    pub(super) mac: CommandId,
    pub(super) activate: CommandId,
    pub(super) precharge: CommandId,
    pub(super) precharge_all: CommandId,
    /// Host to vector buffer.
    pub(super) write_vector: CommandId,
    /// Result to softmax buffer.
    pub(super) move_result: CommandId,
    /// Softmax buffer to vector buffer.
    pub(super) move_operand: CommandId,
    pub(super) softmax: CommandId,
}

impl Commands {
    /// Those of a kind of unit.
    pub(super) fn of(device: &Device, unit: Unit) -> Result<Self, PeerError> {
        let id = |name: &str| {
            let found = (0_u8..).zip(&device.commands).find(|(_, command)| command.name == name);
            let absent = || {
                let family = &device.spec.family;
                PeerError::Preset(format!("family `{family}` has no command `{name}`"))
            };
            found.map(|(id, _)| CommandId(id)).ok_or_else(absent)
        };
        let [mac, activate, precharge] = match unit {
            Unit::Bank => ["MACAB", "ACTAB", "PREA"],
            Unit::BankGroup => ["MACSB", "ACTSB", "PRESB"],
            Unit::Buffer => ["MACPB", "ACTPB", "PREPB"],
        };
        Ok(Self {
            mac: id(mac)?,
            activate: id(activate)?,
            precharge: id(precharge)?,
            precharge_all: id("PREA")?,
            write_vector: id("WRGB")?,
            move_result: id("MVSB")?,
            move_operand: id("MVGB")?,
            softmax: id("SFM")?,
        })
    }
}
