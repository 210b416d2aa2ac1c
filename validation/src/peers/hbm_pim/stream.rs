//! What the peer's kernels ask of one pseudo-channel, in order: the frame of all of them, and GEMV.

use crate::peers::Product;

/// A read or write of one burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Transaction {
    pub(super) write: bool,
    pub(super) bank: u32,
    pub(super) row: u32,
    pub(super) column: u32,
    /// It goes only when it is the oldest, and nothing younger passes it.
    pub(super) barrier: bool,
}

/// Row whose activation on four banks switches to all-bank mode.
pub(super) const ENTER_ROW: u32 = 0x17ff;
/// Row whose precharge on banks 0 and 1 switches back.
pub(super) const EXIT_ROW: u32 = 0x1fff;
/// Banks that are addressed to switch to all-bank mode.
pub(super) const ENTER_BANKS: [u32; 4] = [0, 1, 8, 9];
/// Banks that stand for the even and the odd ones in all-bank mode.
pub(super) const MODE_BANKS: [u32; 2] = [0, 1];
/// Row that is opened everywhere before and after.
const PARK_ROW: u32 = 0x1000;
/// Row of the units' registers.
const REGISTER_ROW: u32 = 0x3fff;
/// Column that mode rows are written at.
const MODE_COLUMN: u32 = 31;
/// Column of the first instruction register.
const CRF_COLUMN: u32 = 4;
/// First column of the operand registers.
const GRF_A_COLUMN: u32 = 8;

/// Bank groups, and banks of each.
pub(super) const GROUPS: u32 = 4;
/// Operand registers and result registers of a unit.
pub(super) const REGISTERS: u32 = 8;
/// Inputs that the operand registers hold.
const INPUTS: u32 = 128;
/// Outputs of the eight units of a pseudo-channel, one a result register.
const OUTPUTS: u64 = 64;
/// Bursts of an input tile in the banks of one parity.
const TILE: u64 = 64;
/// Bursts of a row.
pub(super) const COLUMNS: u64 = 32;

/// The transactions of a product.
pub(super) fn transactions(product: &Product) -> impl Iterator<Item = Transaction> {
    let tiles =
        u64::from(product.matrix.outputs).div_ceil(OUTPUTS * u64::from(product.channels).max(1));
    let chunks = u64::from(product.matrix.inputs.div_ceil(INPUTS));
    let tokens = u64::from(product.tokens);
    let body = (0..tiles).flat_map(move |tile| {
        (0..tokens).flat_map(move |token| output_tile(tiles, chunks, tile, token))
    });
    framed(body)
}

/// A kernel between the changes of mode; every program of these kernels fits one burst.
pub(super) fn framed(body: impl Iterator<Item = Transaction>) -> impl Iterator<Item = Transaction> {
    let enter = run(ENTER_BANKS.map(|bank| write(bank, ENTER_ROW, MODE_COLUMN)));
    let program = run([write(1, REGISTER_ROW, CRF_COLUMN)]);
    let exit = run(MODE_BANKS.map(|bank| write(bank, EXIT_ROW, MODE_COLUMN)));
    park().chain(enter).chain(program).chain(body).chain(exit).chain(park())
}

/// One output tile for one token. Inputs in the even banks come first, then those in the odd ones.
fn output_tile(
    tiles: u64,
    chunks: u64,
    tile: u64,
    token: u64,
) -> impl Iterator<Item = Transaction> {
    let order = (0..chunks).step_by(2).chain((1..chunks).step_by(2));
    let body = order.flat_map(move |chunk| {
        let bank = u32::from(!chunk.is_multiple_of(2));
        let first = TILE * (chunk / 2 + tile * chunks / 2);
        let operands = run((0..REGISTERS).map(|i| write(1, REGISTER_ROW, GRF_A_COLUMN + i)));
        let groups = (first..first + TILE).step_by(REGISTERS as usize);
        let macs = groups.flat_map(move |group| {
            run((group..group + u64::from(REGISTERS)).map(move |at| weight(false, bank, at)))
        });
        operands.chain(macs)
    });
    let result = TILE * (tiles * chunks / 2) + u64::from(REGISTERS) * (tile + token);
    let results = run((result..result + u64::from(REGISTERS)).map(|burst| weight(true, 1, burst)));
    set_mode().chain(body).chain(results).chain(set_mode())
}

/// The write that has column commands step the units' programs from now on, or no longer.
pub(super) fn set_mode() -> impl Iterator<Item = Transaction> {
    run([write(0, REGISTER_ROW, 0)])
}

/// One read of every bank, the bank groups by turns.
fn park() -> impl Iterator<Item = Transaction> {
    run((0..GROUPS * GROUPS).map(|i| Transaction {
        write: false,
        bank: GROUPS * (i % GROUPS) + i / GROUPS,
        row: PARK_ROW,
        column: 0,
        barrier: false,
    }))
}

fn write(bank: u32, row: u32, column: u32) -> Transaction {
    Transaction { write: true, bank, row, column, barrier: false }
}

/// A burst of the operand area, counted through its rows.
fn weight(write: bool, bank: u32, burst: u64) -> Transaction {
    let row = u32::try_from(burst / COLUMNS).unwrap_or(u32::MAX);
    Transaction { write, bank, row, column: (burst % COLUMNS) as u32, barrier: false }
}

/// The same with a barrier on the last.
pub(super) fn run(
    items: impl IntoIterator<Item = Transaction>,
) -> impl Iterator<Item = Transaction> {
    let mut items = items.into_iter().peekable();
    std::iter::from_fn(move || {
        let item = items.next()?;
        Some(Transaction { barrier: items.peek().is_none(), ..item })
    })
}
