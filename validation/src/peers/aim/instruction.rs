//! What the host of a channel is told to do.

/// An instruction of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// WR_GB: write bursts to the global buffer.
    WriteBuffer {
        /// How many.
        bursts: u32,
    },
    /// WR_BIAS: write the accumulators of all banks.
    WriteBias,
    /// RD_MAC: read the accumulators of all banks.
    ReadMac,
    /// RD_AF: read the activation function registers of all banks.
    ReadAf,
    /// MAC_ABK: multiply-accumulate columns of a row in all banks.
    MacAll {
        /// How many.
        columns: u32,
        /// The row.
        row: u32,
    },
    /// MAC_SBK: the same in one bank.
    MacBank {
        /// How many columns.
        columns: u32,
        /// The bank.
        bank: u32,
        /// The row.
        row: u32,
    },
    /// WR_ABK: write one burst in all banks.
    WriteAll {
        /// The row.
        row: u32,
    },
    /// AF: activation function in all banks.
    Activate,
    /// EWMUL: multiply columns of a row element by element.
    Multiply {
        /// How many columns.
        columns: u32,
        /// The row.
        row: u32,
    },
    /// COPY_BKGB: copy columns of a row of one bank to the global buffer.
    CopyToBuffer {
        /// How many columns.
        columns: u32,
        /// The bank.
        bank: u32,
        /// The row.
        row: u32,
    },
    /// COPY_GBBK: copy the global buffer to columns of a row of one bank.
    CopyToBank {
        /// How many columns.
        columns: u32,
        /// The bank.
        bank: u32,
        /// The row.
        row: u32,
    },
    /// RD_SBK: plain read of one burst.
    ReadBank {
        /// The bank.
        bank: u32,
        /// The row.
        row: u32,
    },
    /// WR_SBK: plain write of one burst.
    WriteBank {
        /// The bank.
        bank: u32,
        /// The row.
        row: u32,
    },
}

impl Instruction {
    /// Whether the host waits for what it reads.
    pub(super) fn blocks(self) -> bool {
        matches!(self, Self::ReadMac | Self::ReadAf)
    }
}
