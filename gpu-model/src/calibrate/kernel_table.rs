//! Measured kernels other than experts in a CSV table.
//!
//! Columns `kernel`, `m`, `n`, `k`, `batch`, `context`, `query_heads`, `kv_heads`, `head_dim`, `latency_us`, in any order, those that a
//! kernel does not have left empty; others are ignored. `scripts/measure_gpu.py` writes it. Everything is bf16.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Deserialize;

use super::Sample;
use super::table::{self, TableError};
use crate::{
    Activations, AttentionShape, Kind, Launch, PromptChunk, Reach, decode_attention, dense_gemm,
    elementwise, prefill_attention,
};

const BITS: u32 = 16;
const BYTES: u32 = 2;
/// Nothing is left on chip by a kernel before.
const ACTIVATIONS: Activations = Activations::InHbm { element_bytes: BYTES };

/// Largest extent that is believed.
const MOST: u32 = 1 << 24;

/// Samples by kind, in the order of the file.
pub type KernelTable = BTreeMap<Kind, Vec<Sample>>;

/// A row of a table, with its names.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The kernel, as the table calls it: finer than its kind.
    pub kernel: String,
    /// Its extents, as `m 16, n 5120, k 2048`.
    pub shape: String,
    /// The launch and its time.
    pub sample: Sample,
}

/// A row as it stands in the file.
#[derive(Debug, Deserialize)]
struct Row {
    kernel: String,
    m: Option<u32>,
    n: Option<u32>,
    k: Option<u32>,
    batch: Option<u32>,
    context: Option<u32>,
    query_heads: Option<u32>,
    kv_heads: Option<u32>,
    head_dim: Option<u32>,
    latency_us: f64,
}

/// The launch of a row in that line.
type Meaning = fn(&Row, u64) -> Result<Launch, TableError>;

/// What a row of each kernel means.
const KERNELS: &[(&str, Meaning)] = &[
    ("dense_gemm", dense),
    ("decode_attention", decode),
    ("prefill_attention", prefill),
    // Flops of an element, and values in and out.
    ("residual_add", |row, line| per_element(row, line, 1, 3)),
    ("rms_norm", |row, line| per_element(row, line, 4, 2)),
    ("swiglu", |row, line| per_element(row, line, 8, 3)),
];

/// Reads a table.
///
/// # Errors
/// The first row that is wrong, with its line.
pub fn read(text: impl Read) -> Result<KernelTable, TableError> {
    let mut samples = KernelTable::new();
    for Named { sample, .. } in named(text)? {
        samples.entry(sample.launch.kind).or_default().push(sample);
    }
    Ok(samples)
}

/// Reads a table row by row, in the order of the file.
///
/// # Errors
/// The first row that is wrong, with its line.
pub fn named(text: impl Read) -> Result<Vec<Named>, TableError> {
    let mut all = Vec::new();
    table::rows(text, |row: Row, line| {
        let Some((_, launch)) = KERNELS.iter().find(|(name, _)| *name == row.kernel) else {
            let known: Vec<_> = KERNELS.iter().map(|(name, _)| *name).collect();
            return Err(table::wrong(line, "kernel", &row.kernel, &known.join(", ")));
        };
        let us = table::latency(line, row.latency_us)?;
        let launch = launch(&row, line)?;
        let shape = row.shape();
        all.push(Named { kernel: row.kernel, shape, sample: Sample { launch, us } });
        Ok(())
    })?;
    Ok(all)
}

impl Row {
    /// The extents that it has, named as their columns.
    fn shape(&self) -> String {
        let columns = [
            ("m", self.m),
            ("n", self.n),
            ("k", self.k),
            ("batch", self.batch),
            ("context", self.context),
            ("query_heads", self.query_heads),
            ("kv_heads", self.kv_heads),
            ("head_dim", self.head_dim),
        ];
        let given = columns.into_iter().filter_map(|(name, extent)| Some((name, extent?)));
        given.map(|(name, extent)| format!("{name} {extent}")).collect::<Vec<_>>().join(", ")
    }
}

fn dense(row: &Row, line: u64) -> Result<Launch, TableError> {
    let [m, n, k] = extents(line, [("m", row.m), ("n", row.n), ("k", row.k)])?;
    Ok(Launch::new(Kind::DenseGemm, dense_gemm(m, n, k, BITS, ACTIVATIONS), [m]))
}

fn decode(row: &Row, line: u64) -> Result<Launch, TableError> {
    let (shape, [batch, context]) = attention(row, line)?;
    let cached = std::iter::repeat_n(context, batch as usize);
    let work = decode_attention(shape, cached, ACTIVATIONS);
    Ok(Launch::new(Kind::DecodeAttention, work, std::iter::repeat_n(1, batch as usize)))
}

fn prefill(row: &Row, line: u64) -> Result<Launch, TableError> {
    let (shape, [batch, context]) = attention(row, line)?;
    let prompts = || std::iter::repeat_n(context, batch as usize);
    let work = prefill_attention(shape, prompts().map(PromptChunk::whole), Reach::All, ACTIVATIONS);
    Ok(Launch::new(Kind::PrefillAttention, work, prompts()))
}

fn attention(row: &Row, line: u64) -> Result<(AttentionShape, [u32; 2]), TableError> {
    let [query_heads, kv_heads, head_dim, batch, context] = extents(
        line,
        [
            ("query_heads", row.query_heads),
            ("kv_heads", row.kv_heads),
            ("head_dim", row.head_dim),
            ("batch", row.batch),
            ("context", row.context),
        ],
    )?;
    if !query_heads.is_multiple_of(kv_heads) {
        let allowed = format!("a divisor of the {query_heads} query heads");
        return Err(table::wrong(line, "kv_heads", &kv_heads, &allowed));
    }
    let shape = AttentionShape { query_heads, kv_heads, head_dim, element_bytes: BYTES };
    Ok((shape, [batch, context]))
}

fn per_element(row: &Row, line: u64, flops: u32, values: u32) -> Result<Launch, TableError> {
    let [m, n] = extents(line, [("m", row.m), ("n", row.n)])?;
    let work = elementwise(u64::from(m) * u64::from(n), flops, values * BYTES);
    Ok(Launch::new(Kind::Elementwise, work, [1]))
}

fn extents<const N: usize>(
    line: u64,
    cells: [(&'static str, Option<u32>); N],
) -> Result<[u32; N], TableError> {
    let mut extents = [0; N];
    for (extent, (column, cell)) in extents.iter_mut().zip(cells) {
        let Some(cell) = cell else {
            return Err(table::wrong(line, column, &"nothing", &format!("1 to {MOST}")));
        };
        *extent = table::within(line, column, cell, MOST)?;
    }
    Ok(extents)
}
