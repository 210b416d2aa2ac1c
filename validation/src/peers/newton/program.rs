//! The requests of a product, as the host offers them to one channel.

use pim_dram::device::Device;
use pim_dram::geometry::Level;

use crate::peers::Product;

/// Row of the first tile's weights.
const FIRST_WEIGHT_ROW: u64 = 1000;
/// Vectors lie so many rows apart; longer ones overlap.
const ROWS_PER_VECTOR: u64 = 8;

/// What the host asks of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Copy a row of the first bank to the vector buffer.
    Copy { row: u32 },
    /// A product with the weights of a row follows, of so many column bursts.
    Header { row: u32, bursts: u64 },
    /// Multiply one burst.
    Multiply { row: u32, column: u32 },
    /// Read the results.
    Read,
    /// Multiply all bursts of a row and read the results.
    Composite { row: u32 },
}

/// Sizes of a product on one channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Program {
    composite: bool,
    tokens: u64,
    /// Tiles of one output a bank.
    tiles: u64,
    /// Bursts of a full page.
    page_bursts: u64,
    /// Bursts of the whole vector.
    bursts: u64,
}

impl Program {
    pub(super) fn new(device: &Device, product: &Product, composite: bool) -> Self {
        let banks = u64::from(device.topology.count(Level::Bank)) * u64::from(product.channels);
        Self {
            composite,
            tokens: u64::from(product.tokens),
            tiles: u64::from(product.matrix.outputs).div_ceil(banks),
            page_bursts: u64::from(device.spec.geometry.columns()),
            bursts: u64::from(product.matrix.inputs).div_ceil(device.pim.lanes.into()),
        }
    }

    /// In order.
    pub(super) fn requests(self) -> impl Iterator<Item = Request> {
        let chunks = self.bursts.div_ceil(self.page_bursts);
        let passes = (0..self.tokens).flat_map(move |token| (0..chunks).map(move |c| (token, c)));
        passes.flat_map(move |(token, chunk)| {
            let copy = Request::Copy { row: row(ROWS_PER_VECTOR * token + chunk) };
            let bursts = (self.bursts - chunk * self.page_bursts).min(self.page_bursts);
            let tiles = (0..self.tiles).flat_map(move |tile| {
                self.tile(row(FIRST_WEIGHT_ROW + tile * chunks + chunk), bursts)
            });
            std::iter::once(copy).chain(tiles)
        })
    }

    fn tile(self, row: u32, bursts: u64) -> impl Iterator<Item = Request> {
        let header = Request::Header { row, bursts };
        let singles = if self.composite { 0 } else { u32::try_from(bursts).unwrap_or(u32::MAX) };
        let last = if self.composite { Request::Composite { row } } else { Request::Read };
        std::iter::once(header)
            .chain((0..singles).map(move |column| Request::Multiply { row, column }))
            .chain(std::iter::once(last))
    }
}

/// The pattern does not look at the number of rows that a bank has.
fn row(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(composite: bool) -> Program {
        Program { composite, tokens: 2, tiles: 2, page_bursts: 3, bursts: 4 }
    }

    #[test]
    fn a_vector_is_copied_page_by_page_and_meets_every_tile() {
        let found: Vec<_> = program(true).requests().take(10).collect();
        let tile = |row, bursts| [Request::Header { row, bursts }, Request::Composite { row }];
        let mut expected = vec![Request::Copy { row: 0 }];
        expected.extend([tile(1000, 3), tile(1002, 3)].concat());
        expected.push(Request::Copy { row: 1 });
        expected.extend([tile(1001, 1), tile(1003, 1)].concat());
        assert_eq!(found, expected);
        assert_eq!(program(true).requests().nth(10), Some(Request::Copy { row: 8 }));
        assert_eq!(program(true).requests().count(), 20);
    }

    #[test]
    fn single_multiplications_end_with_a_read() {
        let found: Vec<_> = program(false).requests().skip(1).take(5).collect();
        let single = |column| Request::Multiply { row: 1000, column };
        let header = Request::Header { row: 1000, bursts: 3 };
        assert_eq!(found, [header, single(0), single(1), single(2), Request::Read]);
    }
}
