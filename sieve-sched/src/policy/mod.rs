//! Placement of a layer's experts on GPU or PIM. A policy is one type behind [`Policy`]; it sees counts and costs, never the
//! machine.

mod fixed;
mod pimoe;
mod sieve;

use std::fmt;

use bitvec::prelude::{BitVec, Lsb0};
use gpu_model::Terms;

pub use fixed::{AllOnGpu, AllOnPim};
pub use pimoe::Pimoe;
pub use sieve::Sieve;

use crate::time::Femtos;

/// Bit e: expert e runs in memory.
pub type OnPim = BitVec<u64, Lsb0>;

/// What a policy may know of one layer on one GPU for one mini-batch.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// Tokens per expert of this GPU; 0 for one that is not activated.
    pub tokens: &'a [u32],
    /// Time of what moves between GPUs, whatever the placement.
    pub communication: Femtos,
    /// What the GPU does besides experts and attention.
    pub other: Terms,
    /// Decode attention on PIM.
    pub attention: Femtos,
}

/// What an expert with so many tokens costs.
pub trait Costs {
    /// What running any expert on the GPU takes, once.
    fn gpu_launch(&self) -> Terms;
    /// What the expert adds to the GPU.
    fn gpu(&self, tokens: u32) -> Terms;
    /// Time of the GPU for all of it.
    fn gpu_time(&self, terms: Terms) -> Femtos;
    /// Its time on PIM, as observed so far.
    fn pim(&self, tokens: u32) -> Femtos;
}

/// A placement policy.
pub trait Policy: fmt::Debug + Send {
    /// Places the experts of a layer. An expert without tokens may be put anywhere.
    fn place(&self, layer: &Layer<'_>, costs: &dyn Costs) -> OnPim;
}

/// A partition with no expert on PIM.
fn none(layer: &Layer<'_>) -> OnPim {
    OnPim::repeat(false, layer.tokens.len())
}

/// Activated experts, most tokens first, ties by index.
fn by_popularity(layer: &Layer<'_>) -> Vec<usize> {
    let mut experts: Vec<usize> =
        (0..layer.tokens.len()).filter(|&e| layer.tokens[e] > 0).collect();
    experts.sort_by_key(|&e| (std::cmp::Reverse(layer.tokens[e]), e));
    experts
}
