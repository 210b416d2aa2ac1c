//! Placement of a layer's experts on GPU or PIM. A policy is one type behind [`Policy`]; it sees counts and costs, never the
//! machine.
//!
//! A policy keeps its working memory from layer to layer, and so does the [`Partition`] that it fills: once both have seen the
//! largest layer, placing allocates nothing.

mod classes;
mod fixed;
mod given;
mod greedy;
mod observed;
mod partition;
mod pimoe;
mod sieve;
mod sieve_plus;
mod tables;

use std::fmt;

use gpu_model::Terms;

pub use classes::{Class, Classes};
pub use fixed::{AllOnGpu, AllOnPim};
pub use given::{Given, Recorded};
pub use observed::{Average, Observed};
pub use partition::{OnPim, Partition, Split};
pub use pimoe::Pimoe;
pub use sieve::Sieve;
pub use sieve_plus::SievePlus;
pub use tables::Tables;

use crate::time::{Femtos, ZERO};

/// What a policy may know of one layer on one GPU for one mini-batch: counts, and the time that other work takes whatever the
/// placement.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// Tokens per expert of this GPU; 0 for one that is not activated.
    pub tokens: &'a [u32],
    /// Time of what moves between GPUs.
    pub communication: Femtos,
    /// What the GPU does besides experts and attention.
    pub other: Terms,
    /// Decode attention on PIM.
    pub attention: Femtos,
    /// Mini-batches whose work overlaps, this one included.
    pub overlapping: u32,
    /// What was seen of reads and attention so far.
    pub observed: Observed,
}

impl<'a> Layer<'a> {
    /// Counts alone: no other work, and nothing seen.
    #[must_use]
    pub fn of(tokens: &'a [u32]) -> Self {
        Self {
            tokens,
            communication: ZERO,
            other: Terms::ZERO,
            attention: ZERO,
            overlapping: 1,
            observed: Observed::default(),
        }
    }
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
    /// The same, where a count never observed is scaled from others and not taken at PIM's peak.
    fn pim_scaled(&self, tokens: u32) -> Femtos {
        self.pim(tokens)
    }
}

/// A placement policy.
pub trait Policy: fmt::Debug + Send {
    /// Places the experts of a layer; whatever `partition` held before is gone. An expert without tokens may be put anywhere.
    fn place(&mut self, layer: &Layer<'_>, costs: &dyn Costs, partition: &mut Partition);
}
