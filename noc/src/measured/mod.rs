//! Measured times of collectives: what a user writes about them, one RON file per kind of GPU, and what follows from it.
//!
//! A table is a line through a few measured points ([`curve`]). [`read`] takes the tables that measuring tools write, [`fit`]
//! chooses the points, [`alpha_beta`] fits latency and bandwidth instead, for comparison.

pub mod alpha_beta;
mod choose;
pub mod curve;
pub mod fit;
pub mod read;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use choose::{Measured, MoeExchange, NotMeasured};

use crate::measured::curve::Curve;
use crate::spec::{Finding, join};

/// Presets that ship with the crate: name and RON text.
pub const PRESETS: &[(&str, &str)] = &[
    ("b200", include_str!("../../presets/collectives/b200.ron")),
    ("h100", include_str!("../../presets/collectives/h100.ron")),
];

/// A collective of NCCL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collective {
    /// Each GPU sends a part of its buffer to each other one.
    AllToAll,
    /// Each GPU ends with the parts of all.
    AllGather,
    /// Each GPU ends with the sum of one part of all buffers.
    ReduceScatter,
    /// Each GPU ends with the sum of all buffers.
    AllReduce,
}

/// A way of the tokens of expert parallelism.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Tokens to the GPUs of their experts.
    Dispatch,
    /// Results back.
    Combine,
}

/// What DeepEP's times depend on beside bytes; named as in its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoeShape {
    /// Elements of a token.
    pub hidden_size: u32,
    /// Experts that a token visits.
    pub num_topk: u32,
    /// Routed experts.
    pub num_experts: u32,
}

/// Times of a collective of NCCL on so many GPUs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NcclTable {
    /// The collective.
    pub collective: Collective,
    /// GPUs. Range: 2 and above.
    pub ranks: u32,
    /// Points (bytes, ns), joined by lines, by bytes of the whole buffer of a GPU: of an all-gather what it ends with, of a
    /// reduce-scatter what it begins with. Range: 2 points or more, bytes increasing, times not decreasing.
    pub knots: Curve,
}

/// Times of DeepEP's low-latency kernels on so many GPUs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeepEpTable {
    /// Dispatch or combine.
    pub way: Way,
    /// GPUs. Range: 2 and above.
    pub ranks: u32,
    /// Tokens and experts.
    pub shape: MoeShape,
    /// Points (bytes, ns), joined by lines, by bytes of all (token, expert) pairs of a GPU, those for its own experts too.
    /// Range: as of `nccl`.
    pub knots: Curve,
}

/// Measured collectives of one kind of GPU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collectives {
    /// Name in reports.
    pub name: String,
    /// NCCL, at least one table per collective that is used.
    pub nccl: Vec<NcclTable>,
    /// DeepEP; may be empty.
    pub deepep: Vec<DeepEpTable>,
    /// Path prefix -> where the numbers below it come from.
    pub sources: BTreeMap<String, String>,
}

/// Tables that no measurement can give.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("collectives `{name}` are not usable: {}", join(.findings))]
pub struct InvalidCollectives {
    /// Name of the tables.
    pub name: String,
    /// Everything that is wrong with them; never empty.
    pub findings: Vec<Finding>,
}

impl Collectives {
    /// Whether every table can be worked with.
    ///
    /// # Errors
    /// All findings at once.
    pub fn check(&self) -> Result<(), InvalidCollectives> {
        let nccl = self.nccl.iter().map(|table| (table.ranks, &table.knots)).enumerate();
        let deepep = self.deepep.iter().map(|table| (table.ranks, &table.knots)).enumerate();
        let tables = nccl.map(|t| ("nccl", t)).chain(deepep.map(|t| ("deepep", t)));
        let mut findings = Vec::new();
        for (list, (index, (ranks, knots))) in tables {
            if ranks < 2 {
                findings.push(Finding {
                    path: format!("{list}.{index}.ranks"),
                    says: format!("{ranks}; at least 2 GPUs talk to each other"),
                });
            }
            findings.extend(
                knots.finding().map(|says| Finding { path: format!("{list}.{index}.knots"), says }),
            );
        }
        let keys: Vec<_> = self.nccl.iter().map(|table| (table.collective, table.ranks)).collect();
        findings.extend(twice("nccl", &keys));
        let keys: Vec<_> = self.deepep.iter().map(|t| (t.way, t.ranks, t.shape)).collect();
        findings.extend(twice("deepep", &keys));
        if findings.is_empty() {
            return Ok(());
        }
        Err(InvalidCollectives { name: self.name.clone(), findings })
    }
}

/// Tables of what an earlier one has.
fn twice<K: PartialEq>(list: &'static str, keys: &[K]) -> impl Iterator<Item = Finding> {
    let earlier = |at: usize| keys[..at].iter().position(|key| *key == keys[at]);
    let found: Vec<_> = (0..keys.len()).filter_map(|at| Some((at, earlier(at)?))).collect();
    found.into_iter().map(move |(at, first)| Finding {
        path: format!("{list}.{at}"),
        says: format!("measures the same as {list}.{first}"),
    })
}
