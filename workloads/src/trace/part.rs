//! What passes from a reader to what uses a trace: a head, then one part after the other.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Problem;
use crate::counts;

/// What is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Tokens of request after request.
    Requests,
    /// Decode batches, token by token.
    Batches,
    /// Decode batches of which only the tokens per expert are known.
    Counts,
}

impl Kind {
    /// As it is written in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Batches => "batches",
            Self::Counts => "counts",
        }
    }
}

/// What holds for all parts of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// What is recorded.
    pub kind: Kind,
    /// Name of the model, for people.
    pub model: String,
    /// Experts of a layer.
    pub experts: u32,
    /// Experts that a token visits.
    pub top_k: u32,
}

/// A decode step, or one token of a request.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Name of the recording, where a file holds several; else empty.
    pub source: &'a str,
    /// Number of the request, counted from 0 in the order of the file; 0 of decode steps.
    pub request: u64,
    /// The layers that were recorded, ascending.
    pub layers: &'a [u32],
    /// Tokens of each layer; 1 of requests.
    pub batch: usize,
    /// Their routing.
    pub rows: Rows<'a>,
}

/// Routing of a part.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// Experts: `[layers, batch, k]`.
    Ids(&'a [u16]),
    /// Tokens per expert: `[layers, experts]`.
    Counts(&'a [u32]),
}

impl Part<'_> {
    /// Tokens per expert of the layer at that index of `layers`.
    #[must_use]
    pub fn tokens_per_expert(&self, layer: usize, experts: u32) -> Cow<'_, [u32]> {
        match self.rows {
            Rows::Ids(ids) => {
                let width = ids.len() / self.layers.len().max(1);
                counts::tokens_per_expert(&ids[layer * width..][..width], experts).into()
            }
            Rows::Counts(counts) => {
                let experts = experts as usize;
                counts[layer * experts..][..experts].into()
            }
        }
    }
}

/// Takes a trace part by part, so that none is ever held as a whole.
pub trait Sink {
    /// Takes the head, before all parts.
    ///
    /// # Errors
    /// When a trace of that kind or shape is of no use here.
    fn begin(&mut self, head: &Head) -> Result<(), Problem>;

    /// Takes the next part.
    ///
    /// # Errors
    /// When the part does not fit those before, or cannot be stored.
    fn part(&mut self, part: &Part<'_>) -> Result<(), Problem>;
}
