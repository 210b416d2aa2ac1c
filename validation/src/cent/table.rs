//! The authors' results, row by row.

use serde::Deserialize;

use super::{Arrangement, Assumptions, CentError};
use crate::golden;

const TABLE: &str = include_str!("../../golden/cent.csv");

/// A row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// Where the block runs.
    pub arrangement: Arrangement,
    /// Tokens of context, the new one included.
    pub length: u32,
    /// Cycles of the PIM channels.
    pub pim_cycles: u64,
    /// Links, in nanoseconds.
    pub links_ns: f64,
    /// Units near the memory, in nanoseconds.
    pub units_ns: f64,
    /// All three, in nanoseconds.
    pub block_ns: f64,
}

/// A line as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    model: String,
    devices: u32,
    pipeline: u32,
    tensor: u32,
    channels: u32,
    length: u32,
    pim: u64,
    cxl: f64,
    acc: f64,
    block: f64,
}

/// All rows.
///
/// # Errors
/// A line that does not parse, or has a model that is not assumed.
pub fn rows(assumptions: &Assumptions) -> Result<Vec<Row>, CentError> {
    let row = |line: Line| {
        let Line { devices, pipeline, tensor, channels, .. } = line;
        let model = assumptions.model(&line.model)?.clone();
        Ok(Row {
            arrangement: Arrangement { model, devices, pipeline, tensor, channels },
            length: line.length,
            pim_cycles: line.pim,
            links_ns: line.cxl,
            units_ns: line.acc,
            block_ns: line.block,
        })
    };
    golden::parse(TABLE)?.into_iter().map(row).collect()
}
