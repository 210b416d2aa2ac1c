//! What a timeline says of the operations of a step besides what they take: which layer they belong to, tokens, experts, bytes.
//! Kept only where it is asked for, and never read by the replay.

use std::collections::BTreeMap;

use petgraph::graph::NodeIndex;

use crate::replay::step::Builder;

/// Of a whole step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Layers by mini-batch, in the order of the graph.
    pub parts: Vec<Part>,
    /// By operation.
    pub of: BTreeMap<NodeIndex, Note>,
}

/// A layer of a mini-batch. Its operations follow each other up to the first one of the next part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its first operation.
    pub first: NodeIndex,
    /// Counted from 0; the language-model head follows the last layer.
    pub layer: usize,
    /// The mini-batch.
    pub minibatch: usize,
    /// Tokens of each GPU.
    pub tokens: Vec<u32>,
}

/// Of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Experts with their tokens; shared experts are counted after the routed ones of the model.
    Experts(Vec<(u32, u32)>),
    /// Bytes that leave the GPU and bytes that reach it.
    Link {
        /// To other GPUs.
        sent: u64,
        /// From other GPUs.
        received: u64,
    },
}

impl Notes {
    /// The part of an operation.
    #[must_use]
    pub fn part(&self, node: NodeIndex) -> Option<&Part> {
        let after = self.parts.partition_point(|part| part.first <= node);
        after.checked_sub(1).map(|at| &self.parts[at])
    }
}

impl Builder<'_> {
    /// What is added from here on belongs to that layer.
    pub(super) fn begin_part(&mut self, layer: usize, minibatch: usize) {
        if self.out.notes.is_none() {
            return;
        }
        let tokens = (0..self.split.gpus).map(|gpu| self.tokens(minibatch, gpu)).collect();
        let first = NodeIndex::new(self.out.graph.node_count());
        if let Some(notes) = &mut self.out.notes {
            notes.parts.push(Part { first, layer, minibatch, tokens });
        }
    }

    /// Says something of an operation, if anybody wants to know.
    pub(super) fn note(&mut self, node: NodeIndex, note: impl FnOnce(&Self) -> Note) {
        if self.out.notes.is_some() {
            let note = note(self);
            self.out.notes.as_mut().and_then(|notes| notes.of.insert(node, note));
        }
    }
}
