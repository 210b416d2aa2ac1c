//! What one step of a batch looks like.

use std::ops::Range;

use crate::counts;
use crate::model::Experts;
use crate::prefill::{Chunk, PrefillStep};

/// Routing and context lengths of one step: a token of each request, and in a mixed batch those of a chunk of each prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Steps before this one.
    pub index: u64,
    /// Tokens in the KV cache of each request.
    pub kv_tokens: Vec<u32>,
    /// A chunk of each prompt; none in a decode batch.
    pub chunks: Vec<Chunk>,
    /// Experts of each token, `[layer][token][k]`, layers being those with routed experts; token `i` belongs to request `i`, and
    /// after those come the tokens of chunk after chunk.
    pub expert_ids: Vec<u16>,
    experts: u32,
    top_k: usize,
}

impl Step {
    /// An empty step.
    pub(super) fn of(experts: &Experts) -> Self {
        Self {
            index: 0,
            kv_tokens: Vec::new(),
            chunks: Vec::new(),
            expert_ids: Vec::new(),
            experts: experts.count,
            top_k: experts.top_k as usize,
        }
    }

    /// The step of a mixed batch: this one's requests, and a chunk of each prompt.
    #[must_use]
    pub fn beside(&self, prompts: &PrefillStep) -> Self {
        let mut mixed = Self {
            chunks: prompts.chunks.clone(),
            expert_ids: Vec::new(),
            kv_tokens: self.kv_tokens.clone(),
            ..*self
        };
        let width = |tokens: usize| (tokens * self.top_k).max(1);
        let decode = self.expert_ids.chunks(width(self.tokens()));
        let mut prefill = prompts.expert_ids.chunks(width(prefill_tokens(&prompts.chunks)));
        for layer in decode {
            mixed.expert_ids.extend(layer);
            mixed.expert_ids.extend(prefill.next().unwrap_or_default());
        }
        mixed
    }

    /// Tokens of the step.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.kv_tokens.len() + prefill_tokens(&self.chunks)
    }

    /// Tokens of its chunks.
    #[must_use]
    pub fn prefill_tokens(&self) -> usize {
        prefill_tokens(&self.chunks)
    }

    /// Which of the tokens are those of a chunk.
    #[must_use]
    pub fn chunk_tokens(&self, chunk: usize) -> Range<usize> {
        let begin = self.kv_tokens.len() + prefill_tokens(&self.chunks[..chunk]);
        begin..begin + self.chunks[chunk].tokens as usize
    }

    /// Experts of the tokens in a layer, counted among those with routed experts: `[token][k]`.
    #[must_use]
    pub fn layer(&self, layer: u32) -> &[u16] {
        let width = self.tokens() * self.top_k;
        &self.expert_ids[layer as usize * width..][..width]
    }

    /// Tokens of each routed expert of a layer.
    #[must_use]
    pub fn tokens_per_expert(&self, layer: u32) -> Vec<u32> {
        counts::tokens_per_expert(self.layer(layer), self.experts)
    }
}

fn prefill_tokens(chunks: &[Chunk]) -> usize {
    chunks.iter().map(|chunk| chunk.tokens as usize).sum()
}
