//! The units that Duplex compares: at the banks, at the bank groups and on the logic die of a stack.
//!
//! A product takes the longer of its operations at the peak of the units and its weights at their bandwidth, as in Duplex. Its
//! energy is that of reading the weights once and of its operations. Area is that of all dies with the units. Vectors and
//! results, below 1 % of the bytes here, count for nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The shipped system.
const SHIPPED: &str = include_str!("../systems/duplex.ron");

/// A stack, and what may be built into it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stack {
    /// Peak of its data buses, in bytes / s.
    pub external_bytes_per_s: f64,
    /// DRAM dies; there is one logic die.
    pub dram_dies: f64,
    /// Area of a die of either kind, without units.
    pub die_mm2: f64,
    /// Energy of an operation.
    pub flop_pj: f64,
    /// The arithmetic on the logic die.
    pub gemm: Gemm,
    /// Units at every bank.
    pub bank_pim: Units,
    /// Units at every bank group.
    pub bg_pim: Units,
    /// Units on the logic die.
    pub logic_pim: Units,
    /// Where each number comes from.
    pub sources: BTreeMap<String, String>,
}

/// Arithmetic of a logic die.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gemm {
    /// Modules of a stack.
    pub modules: f64,
    /// Multiply-accumulates of a module each clock.
    pub macs: f64,
    /// Clocks / s.
    pub clock_hz: f64,
}

/// Units of a stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Units {
    /// Bandwidth from the cells, over the external one.
    pub bandwidth: f64,
    /// Peak operations for each byte of that bandwidth.
    pub ops_per_byte: f64,
    /// Energy of 32 B from the cells to the units.
    pub read_nj: f64,
    /// Whether they are made in the process of the DRAM.
    pub on_dram_dies: bool,
    /// Area of all of them.
    pub added_mm2: f64,
}

impl Stack {
    /// The shipped one.
    ///
    /// # Errors
    /// Where the file does not parse.
    pub fn shipped() -> Result<Self, ron::error::SpannedError> {
        ron::from_str(SHIPPED)
    }

    /// Operations / s of the arithmetic on the logic die, a multiply-accumulate being two.
    #[must_use]
    pub fn gemm_ops_per_s(&self) -> f64 {
        2.0 * self.gemm.modules * self.gemm.macs * self.gemm.clock_hz
    }

    /// Operations / s of units: all that their bandwidth feeds.
    #[must_use]
    pub fn ops_per_s(&self, units: &Units) -> f64 {
        units.ops_per_byte * units.bandwidth * self.external_bytes_per_s
    }

    /// Energy x delay x area of a product that does `ops_per_byte` operations for each of `bytes` of weights, in J s mm2.
    /// An operation on a DRAM die takes `dram_flop` times the energy of one on the logic die.
    #[must_use]
    pub fn edap(&self, units: &Units, bytes: f64, ops_per_byte: f64, dram_flop: f64) -> f64 {
        let ops = bytes * ops_per_byte;
        let read = bytes / (units.bandwidth * self.external_bytes_per_s);
        let delay = read.max(ops / self.ops_per_s(units));
        let flop_pj = self.flop_pj * if units.on_dram_dies { dram_flop } else { 1.0 };
        let energy = bytes / 32.0 * units.read_nj * 1e-9 + ops * flop_pj * 1e-12;
        energy * delay * ((self.dram_dies + 1.0) * self.die_mm2 + units.added_mm2)
    }
}
