//! Matrices, parameters and bytes of a model.

use super::matrix::bytes;
use super::{Matrix, ModelSpec, Projections};

/// Bytes of all parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterBytes {
    /// Of the routed experts.
    pub routed_experts: u64,
    /// Of everything else.
    pub other: u64,
}

/// A checked spec: [`ModelSpec::check`] has found nothing.
impl ModelSpec {
    /// Gate and up projections of a routed expert as one matrix, `[2 intermediate x hidden]`.
    #[must_use]
    pub fn gate_up(&self) -> Matrix {
        gate_up(self.experts.intermediate, self.hidden)
    }

    /// Down projection of a routed expert, `[hidden x intermediate]`.
    #[must_use]
    pub fn down(&self) -> Matrix {
        down(self.experts.intermediate, self.hidden)
    }

    /// Gate and up, and down projection of a shared expert.
    #[must_use]
    pub fn shared_matrices(&self) -> Option<[Matrix; 2]> {
        let shared = self.shared?;
        Some([gate_up(shared.intermediate, self.hidden), down(shared.intermediate, self.hidden)])
    }

    /// Router of a layer, `[experts x hidden]`.
    #[must_use]
    pub fn router(&self) -> Matrix {
        Matrix { rows: self.experts.count, columns: self.hidden }
    }

    /// LM head, `[vocabulary x hidden]`; the embedding has its shape too.
    #[must_use]
    pub fn lm_head(&self) -> Matrix {
        Matrix { rows: self.vocabulary, columns: self.hidden }
    }

    /// Matrices around the attention of a layer.
    #[must_use]
    pub fn projections(&self, layer: u32) -> Projections {
        self.attention(layer).projections(self.hidden)
    }

    /// Parameters of one routed expert.
    #[must_use]
    pub fn expert_params(&self) -> u64 {
        self.gate_up().params() + self.down().params()
    }

    /// Bytes of one routed expert.
    #[must_use]
    pub fn expert_bytes(&self) -> u64 {
        bytes(self.expert_params(), self.experts.weight_bits)
    }

    /// Bytes of the shared experts of a layer.
    #[must_use]
    pub fn shared_bytes(&self) -> u64 {
        bytes(self.shared_params(), self.weight_bits)
    }

    /// Bytes that a token adds to the KV cache of a layer.
    #[must_use]
    pub fn kv_bytes_per_token(&self, layer: u32) -> u64 {
        bytes(self.attention(layer).kv_elements_per_token(), self.kv_bits)
    }

    /// Bytes of recurrent state that a request keeps in a layer, whatever its length.
    #[must_use]
    pub fn state_bytes_per_request(&self, layer: u32) -> u64 {
        self.attention(layer).state_bytes(self.weight_bits)
    }

    /// Parameters of the routed experts of all layers.
    #[must_use]
    pub fn routed_expert_params(&self) -> u64 {
        self.expert_params() * u64::from(self.experts.count) * u64::from(self.layers)
    }

    /// Parameters outside the routed experts: attention, routers, shared experts, embedding and LM head.
    #[must_use]
    pub fn other_params(&self) -> u64 {
        let layer = |layer| {
            let Projections { input, output } = self.projections(layer);
            input.params() + output.params() + self.router().params() + self.shared_params()
        };
        let embeddings = if self.tied_embeddings { 1 } else { 2 };
        (0..self.layers).map(layer).sum::<u64>() + embeddings * self.lm_head().params()
    }

    /// Bytes of all parameters.
    #[must_use]
    pub fn parameter_bytes(&self) -> ParameterBytes {
        ParameterBytes {
            routed_experts: bytes(self.routed_expert_params(), self.experts.weight_bits),
            other: bytes(self.other_params(), self.weight_bits),
        }
    }

    /// Parameters of the shared experts of a layer.
    fn shared_params(&self) -> u64 {
        let one: u64 = self.shared_matrices().iter().flatten().map(|m| m.params()).sum();
        one * u64::from(self.shared.map_or(0, |shared| shared.count))
    }
}

fn gate_up(intermediate: u32, hidden: u32) -> Matrix {
    Matrix { rows: 2 * intermediate, columns: hidden }
}

fn down(intermediate: u32, hidden: u32) -> Matrix {
    Matrix { rows: hidden, columns: intermediate }
}
