//! What the peer's elementwise kernels ask of one pseudo-channel, in order.
//!
//! Facts restated from PIMSimulator@b464dde, which is for non-commercial research only: rows of the operands and of the
//! result, eight bursts of one kind at a time, each eight ending in a barrier, even banks before odd ones.

use std::str::FromStr;

use pim_dram::similar::Unknown;
use serde::{Deserialize, Serialize};

use super::stream::{COLUMNS, MODE_BANKS, REGISTERS, Transaction, framed, run, set_mode};
use crate::peers::PeerError;

/// An operation on vectors, element by element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kernel {
    /// Sum of two vectors.
    Add,
    /// Product of two vectors.
    Mul,
    /// A vector with its negative elements at zero.
    Relu,
}

/// Rows that each vector has in a bank: from one of the rows below to the next.
const ROWS: u64 = 128;
/// First row of the first operand, of the second one, and of the result.
const FIRST_ROWS: [u32; 3] = [0, ROWS as u32, 2 * ROWS as u32];
/// Banks of a pseudo-channel.
const BANKS: u64 = 16;
/// Elements of a burst.
const LANES: u64 = 16;

impl Kernel {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Add, Self::Mul, Self::Relu];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Mul => "mul",
            Self::Relu => "relu",
        }
    }

    /// Vectors that it reads.
    #[must_use]
    pub fn operands(self) -> u32 {
        match self {
            Self::Add | Self::Mul => 2,
            Self::Relu => 1,
        }
    }
}

impl FromStr for Kernel {
    type Err = PeerError;

    fn from_str(name: &str) -> Result<Self, PeerError> {
        let found = Self::ALL.into_iter().find(|kernel| kernel.name() == name);
        found.ok_or_else(|| {
            Unknown::new("elementwise kernel", name, Self::ALL.map(Self::name)).into()
        })
    }
}

/// The transactions of a kernel on vectors of so many elements, padded to eight bursts a bank of all `channels`.
///
/// # Errors
/// Vectors longer than the rows between one and the next.
pub(super) fn transactions(
    kernel: Kernel,
    elements: u64,
    channels: u32,
) -> Result<impl Iterator<Item = Transaction>, PeerError> {
    let tile = u64::from(REGISTERS) * BANKS * LANES * u64::from(channels).max(1);
    let most = tile.saturating_mul(ROWS * COLUMNS / u64::from(REGISTERS));
    if elements > most {
        return Err(PeerError::Elements { elements, most });
    }
    let tiles = elements.div_ceil(tile);
    let body = (0..tiles).flat_map(move |tile| self::tile(kernel, tile));
    Ok(framed(set_mode().chain(body).chain(set_mode())))
}

/// Eight bursts of every bank.
fn tile(kernel: Kernel, tile: u64) -> impl Iterator<Item = Transaction> {
    let first = tile * u64::from(REGISTERS);
    let bursts = first..first + u64::from(REGISTERS);
    let operands = 0..kernel.operands() as usize;
    MODE_BANKS.into_iter().flat_map(move |bank| {
        let eight = |write, row| {
            let of_all = move |at| burst(write, bank, row, at);
            run(bursts.clone().map(of_all))
        };
        let reads: Vec<_> = operands.clone().flat_map(|at| eight(false, FIRST_ROWS[at])).collect();
        reads.into_iter().chain(eight(true, FIRST_ROWS[2]))
    })
}

/// The `at`-th burst of the area that begins with `row`.
fn burst(write: bool, bank: u32, row: u32, at: u64) -> Transaction {
    // Below 128, as `transactions` has checked.
    let row = row + (at / COLUMNS) as u32;
    Transaction { write, bank, row, column: (at % COLUMNS) as u32, barrier: false }
}
