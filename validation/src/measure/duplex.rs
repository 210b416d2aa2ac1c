//! The units of Duplex against each other.

use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::duplex::{Stack, Units};
use crate::golden;
use crate::rows::{Compared, Measured, RowsQuantity};

/// Energy x delay x area as read off a figure, of each operations for each byte.
const PUBLISHED: &str = include_str!("../../golden/duplex_edap.csv");

/// Bytes of the weights of the figure, 16384 x 4096 of fp16.
const WEIGHTS: f64 = 16384.0 * 4096.0 * 2.0;

/// A quantity of the shipped stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duplex {
    quantity: DuplexQuantity,
}

/// Which.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplexQuantity {
    /// Operations / s of the modules on the logic die.
    GemmOps,
    /// Operations / s that their bandwidth feeds.
    LogicPimOps,
    /// The fewest operations for each byte, of those published, with which the logic die beats units at the banks.
    Crossing,
    /// Energy x delay x area, over the largest of the three ways at the same operations for each byte.
    Edap {
        /// Energy of an operation on a DRAM die, over that on the logic die.
        dram_flop: f64,
        /// What is made of the rows.
        rows: RowsQuantity,
    },
}

/// One line of the published figure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(rename = "source")]
    _source: String,
    ops_per_byte: f64,
    bank_pim: f64,
    bg_pim: f64,
    logic_pim: f64,
}

impl Duplex {
    pub(super) fn take(&self) -> Result<Measured, MeasureError> {
        let broken = |says: String| MeasureError::Shipped { file: "systems/duplex.ron", says };
        let stack = Stack::shipped().map_err(|error| broken(error.to_string()))?;
        Ok(match self.quantity {
            DuplexQuantity::GemmOps => stack.gemm_ops_per_s().into(),
            DuplexQuantity::LogicPimOps => stack.ops_per_s(&stack.logic_pim).into(),
            DuplexQuantity::Crossing => {
                let loses = |ops: &f64| {
                    let of = |units: &Units| stack.edap(units, WEIGHTS, *ops, 1.0);
                    of(&stack.logic_pim) < of(&stack.bank_pim)
                };
                let lines = golden::parse::<Line>(PUBLISHED)?;
                let mut ops = lines.iter().map(|line| line.ops_per_byte);
                ops.find(loses).unwrap_or(f64::INFINITY).into()
            }
            DuplexQuantity::Edap { dram_flop, rows } => rows.of(edap(&stack, dram_flop)?),
        })
    }
}

fn edap(stack: &Stack, dram_flop: f64) -> Result<Vec<Compared>, MeasureError> {
    let rows = golden::parse::<Line>(PUBLISHED)?.into_iter().flat_map(|line| {
        let ways = [
            ("Bank-PIM", &stack.bank_pim, line.bank_pim),
            ("BG-PIM", &stack.bg_pim, line.bg_pim),
            ("Logic-PIM", &stack.logic_pim, line.logic_pim),
        ];
        let of = |units: &Units| stack.edap(units, WEIGHTS, line.ops_per_byte, dram_flop);
        let most = ways.iter().map(|(_, units, _)| of(units)).fold(0.0, f64::max);
        ways.map(|(name, units, published)| Compared {
            name: format!("{name} at {} op/B", line.ops_per_byte),
            published,
            ours: of(units) / most,
        })
    });
    Ok(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(dram_flop: f64) -> [f64; 2] {
        let stack = Stack::shipped().expect("a shipped file");
        let rows = edap(&stack, dram_flop).expect("a shipped file");
        [RowsQuantity::MedianError, RowsQuantity::WorstError]
            .map(|quantity| quantity.of(rows.clone()).figure.low)
    }

    /// Worked by hand: at 1 op/B the weights are read in 134.2 MB / 10.65 TB/s = 12.6 us for 0.784 mJ + 0.031 mJ of
    /// Bank-PIM.
    #[test]
    fn a_product_takes_energy_delay_and_area() {
        let stack = Stack::shipped().expect("a shipped file");
        let edap = stack.edap(&stack.bank_pim, WEIGHTS, 1.0, 1.0);
        let by_hand = (0.784_335e-3 + 0.030_870e-3) * 12.603_077e-6 * (9.0 * 121.0 + 104.96);
        assert!((edap / by_hand - 1.0).abs() < 1e-4, "{edap} {by_hand}");
    }

    /// Why the curve is off where operations count: they cost more in the process of a DRAM.
    #[test]
    fn dearer_operations_on_dram_dies_bring_the_curve_nearer() {
        for (dram_flop, stated) in [(1.0, [0.064, 0.759]), (3.0, [0.028, 0.182])] {
            let found = errors(dram_flop);
            let off = found.iter().zip(stated).map(|(found, stated)| (found - stated).abs());
            assert!(off.fold(0.0, f64::max) < 0.001, "{dram_flop}: {found:?}");
        }
    }
}
