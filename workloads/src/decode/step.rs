//! What one step of a batch looks like.

use crate::counts;
use crate::model::Experts;

/// Routing and context lengths of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Steps before this one.
    pub index: u64,
    /// Tokens in the KV cache of each request.
    pub kv_tokens: Vec<u32>,
    /// Experts of each token, `[layer][token][k]`, layers being those with routed experts; token `i` belongs to request `i`.
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
            expert_ids: Vec::new(),
            experts: experts.count,
            top_k: experts.top_k as usize,
        }
    }

    /// Experts of the tokens in a layer, counted among those with routed experts: `[token][k]`.
    #[must_use]
    pub fn layer(&self, layer: u32) -> &[u16] {
        let width = self.kv_tokens.len() * self.top_k;
        &self.expert_ids[layer as usize * width..][..width]
    }

    /// Tokens of each routed expert of a layer.
    #[must_use]
    pub fn tokens_per_expert(&self, layer: u32) -> Vec<u32> {
        counts::tokens_per_expert(self.layer(layer), self.experts)
    }
}
