//! Matrices, parameters and bytes of a model.

use super::matrix::bytes;
use super::{Attention, FeedForward, Matrix, ModelSpec, Projections, WeightFormat};

/// Bits of an activation: all of them are bf16, however weights are stored.
const ACTIVATION_BITS: u32 = 16;

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
        Some(self.dense_matrices(self.shared?.intermediate))
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

    /// Gate and up, and down projection of a dense network of so many elements between them.
    #[must_use]
    pub fn dense_matrices(&self, intermediate: u32) -> [Matrix; 2] {
        [gate_up(intermediate, self.hidden), down(intermediate, self.hidden)]
    }

    /// Parameters of one routed expert.
    #[must_use]
    pub fn expert_params(&self) -> u64 {
        params(&[self.gate_up(), self.down()])
    }

    /// Bytes of one routed expert.
    #[must_use]
    pub fn expert_bytes(&self) -> u64 {
        bytes_of(&[self.gate_up(), self.down()], self.experts.weights)
    }

    /// Bytes of the shared experts of a layer.
    #[must_use]
    pub fn shared_bytes(&self) -> u64 {
        bytes_of(&self.shared_of_layer(), self.weights)
    }

    /// Bytes that a token adds to the KV cache of a layer with such attention.
    #[must_use]
    pub fn kv_bytes_per_token(&self, attention: &Attention) -> u64 {
        bytes(attention.kv_elements_per_token(), self.kv_bits)
    }

    /// Bytes of recurrent state that a request keeps in a layer with such attention, whatever its length.
    #[must_use]
    pub fn state_bytes_per_request(&self, attention: &Attention) -> u64 {
        attention.state_bytes(ACTIVATION_BITS)
    }

    /// Parameters of a layer.
    #[must_use]
    pub fn layer_params(&self, attention: &Attention, feed_forward: FeedForward) -> u64 {
        let routed = match feed_forward {
            FeedForward::Moe => self.expert_params() * u64::from(self.experts.count),
            FeedForward::Dense(_) => 0,
        };
        routed + params(&self.layer_matrices(attention, feed_forward))
    }

    /// Parameters of the routed experts of all layers.
    #[must_use]
    pub fn routed_expert_params(&self) -> u64 {
        self.expert_params() * self.routed_experts()
    }

    /// Parameters outside the routed experts: attention, routers, shared experts, dense networks, embedding and LM head.
    #[must_use]
    pub fn other_params(&self) -> u64 {
        params(&self.other_matrices())
    }

    /// Parameters that a token meets: those outside the routed experts, embedding included, and its experts in every layer.
    #[must_use]
    pub fn active_params(&self) -> u64 {
        let visits = u64::from(self.experts.top_k) * u64::from(self.moe_layers());
        self.expert_params() * visits + self.other_params()
    }

    /// Bytes of all parameters.
    #[must_use]
    pub fn parameter_bytes(&self) -> ParameterBytes {
        ParameterBytes {
            routed_experts: self.expert_bytes() * self.routed_experts(),
            other: bytes_of(&self.other_matrices(), self.weights),
        }
    }

    /// Routed experts of all layers.
    fn routed_experts(&self) -> u64 {
        u64::from(self.experts.count) * u64::from(self.moe_layers())
    }

    /// Matrices of all shared experts of a layer.
    fn shared_of_layer(&self) -> Vec<Matrix> {
        let count = self.shared.map_or(0, |shared| shared.count as usize);
        self.shared_matrices().iter().flatten().copied().cycle().take(2 * count).collect()
    }

    /// Every matrix of a layer outside the routed experts.
    fn layer_matrices(&self, attention: &Attention, feed_forward: FeedForward) -> Vec<Matrix> {
        let Projections { input, output } = attention.projections(self.hidden);
        let after = match feed_forward {
            FeedForward::Moe => [vec![self.router()], self.shared_of_layer()].concat(),
            FeedForward::Dense(intermediate) => self.dense_matrices(intermediate).to_vec(),
        };
        [input, output, after].concat()
    }

    /// Every matrix outside the routed experts.
    fn other_matrices(&self) -> Vec<Matrix> {
        let groups = self.layer_groups();
        let layers = groups.iter().flat_map(|group| {
            let matrices = self.layer_matrices(group.attention, group.feed_forward);
            std::iter::repeat_n(matrices, group.layers as usize).flatten()
        });
        let embeddings = if self.tied_embeddings { 1 } else { 2 };
        layers.chain(std::iter::repeat_n(self.lm_head(), embeddings)).collect()
    }
}

fn params(matrices: &[Matrix]) -> u64 {
    matrices.iter().map(|matrix| matrix.params()).sum()
}

fn bytes_of(matrices: &[Matrix], format: WeightFormat) -> u64 {
    matrices.iter().map(|matrix| matrix.bytes(format)).sum()
}

fn gate_up(intermediate: u32, hidden: u32) -> Matrix {
    Matrix { rows: 2 * intermediate, columns: hidden }
}

fn down(intermediate: u32, hidden: u32) -> Matrix {
    Matrix { rows: hidden, columns: intermediate }
}
