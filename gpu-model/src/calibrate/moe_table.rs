//! Measured expert kernels in a CSV table.
//!
//! Columns as in the tables of ai-dynamo/aiconfigurator @ 095f58a: `device`, `framework`, `kernel_source`, `moe_dtype`,
//! `hidden_size`, `inter_size`, `topk`, `num_experts`, `moe_ep_size`, `distribution`, `num_tokens`, `latency_us`, in any order; others
//! are ignored.

use std::collections::BTreeMap;
use std::io::Read;

use serde::{Deserialize, Serialize};

use super::table::{TableError, latency, within, wrong};
use super::{Sample, balanced};
use crate::{Activations, Kind, Launch, grouped_gemm};

/// Formats of weights: name in tables, name in laws, and bits of a weight with its share of the scales, in 1/1000.
const FORMATS: &[(&str, &str, u32)] = &[
    ("bfloat16", "bf16", 16_000),
    ("float16", "bf16", 16_000),
    ("fp8", "fp8", 8_000),
    // A 32-bit scale for 128 x 128 weights.
    ("fp8_block", "fp8_block", 8_002),
    // An 8-bit scale for 32 weights.
    ("w4a16_mxfp4", "mxfp4", 4_250),
    ("w4a8_mxfp4_mxfp8", "mxfp4_mxfp8", 4_250),
    // An 8-bit scale for 16 weights.
    ("nvfp4", "nvfp4", 4_500),
    // A 16-bit scale for 32 weights.
    ("int4_wo", "int4", 4_500),
];

/// A format as laws name it, by that name or the one of tables.
#[must_use]
pub fn format(name: &str) -> Option<&'static str> {
    FORMATS
        .iter()
        .find(|(theirs, ours, _)| [*theirs, *ours].contains(&name))
        .map(|&(_, ours, _)| ours)
}

/// Formats as laws name them.
#[must_use]
pub fn formats() -> Vec<&'static str> {
    let mut names: Vec<_> = FORMATS.iter().map(|&(_, ours, _)| ours).collect();
    names.dedup();
    names
}

/// Tokens above which a row is no batch of this century.
const MOST_TOKENS: u32 = 1 << 20;

/// Who measured which kernel on what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Library {
    /// The GPU, as it names itself.
    pub device: String,
    /// The framework.
    pub framework: String,
    /// The kernel.
    pub kernel_source: String,
    /// Format of the weights, as laws name it.
    pub format: String,
}

/// Shape of a layer of experts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Shape {
    /// Width of the residual stream.
    pub hidden: u32,
    /// Width between the two matrices of an expert.
    pub intermediate: u32,
    /// Experts that a token visits.
    pub top_k: u32,
    /// Experts.
    pub experts: u32,
}

/// What a table holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MoeTable {
    /// Samples by library and shape, in the order of the file.
    pub samples: BTreeMap<Library, BTreeMap<Shape, Vec<Sample>>>,
    /// Rows left out because the tokens of each expert are not known: another distribution, or experts on several GPUs.
    pub skipped: usize,
}

/// A row as it stands in the file.
#[derive(Debug, Deserialize)]
struct Row {
    device: String,
    framework: String,
    kernel_source: String,
    moe_dtype: String,
    hidden_size: u32,
    inter_size: u32,
    topk: u32,
    num_experts: u32,
    moe_ep_size: u32,
    distribution: String,
    num_tokens: u32,
    latency_us: f64,
}

impl MoeTable {
    /// Reads a table.
    ///
    /// # Errors
    /// The first row that is wrong, with its line.
    pub fn read(text: impl Read) -> Result<Self, TableError> {
        let mut table = Self::default();
        super::table::rows(text, |row, line| table.add(row, line))?;
        Ok(table)
    }

    fn add(&mut self, row: Row, line: u64) -> Result<(), TableError> {
        let Some(&(_, format, milli_bits)) =
            FORMATS.iter().find(|(name, ..)| *name == row.moe_dtype)
        else {
            let names: Vec<_> = FORMATS.iter().map(|(name, ..)| *name).collect();
            return Err(wrong(line, "moe_dtype", &row.moe_dtype, &names.join(", ")));
        };
        let sizes = [
            ("hidden_size", row.hidden_size, 1 << 17),
            ("inter_size", row.inter_size, 1 << 17),
            ("num_experts", row.num_experts, 4096),
            ("topk", row.topk, row.num_experts),
            ("num_tokens", row.num_tokens, MOST_TOKENS),
            ("moe_ep_size", row.moe_ep_size, 4096),
        ];
        for (column, found, most) in sizes {
            within(line, column, found, most)?;
        }
        let us = latency(line, row.latency_us)?;
        if row.distribution != "balanced" || row.moe_ep_size != 1 {
            self.skipped += 1;
            return Ok(());
        }
        let shape = Shape {
            hidden: row.hidden_size,
            intermediate: row.inter_size,
            top_k: row.topk,
            experts: row.num_experts,
        };
        let library = Library {
            device: row.device,
            framework: row.framework,
            kernel_source: row.kernel_source,
            format: format.to_owned(),
        };
        let launch =
            shape.launch(&balanced(row.num_tokens, shape.experts, shape.top_k), milli_bits);
        let samples = self.samples.entry(library).or_default().entry(shape).or_default();
        samples.push(Sample { launch, us });
        Ok(())
    }
}

impl Shape {
    /// The kernel over so many tokens per expert, activations crossing HBM as bf16.
    fn launch(self, tokens: &[u32], milli_bits: u32) -> Launch {
        let activations = Activations::InHbm { element_bytes: 2 };
        let mut work = grouped_gemm(tokens, self.hidden, self.intermediate, 0, activations);
        let activated = tokens.iter().filter(|&&n| n > 0).count() as u64;
        let weights = 3 * u64::from(self.hidden) * u64::from(self.intermediate) * activated;
        work.bytes += (u128::from(weights) * u128::from(milli_bits)).div_ceil(8000) as u64;
        Launch::new(Kind::GroupedGemm, work, tokens.iter().copied())
    }
}
