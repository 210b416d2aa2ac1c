//! GPU kernels of a layer, and the units that they hold.

use gpu_model::{
    Activations, AttentionShape, DeltaNetShape, Kernel, Kind, LatentShape, Launch, Law,
    PromptChunk, Reach, decode_attention, decode_latent, dense_gemm, elementwise, gated_delta_net,
    grouped_gemm, launch, prefill_attention, prefill_delta_net, prefill_latent,
};
use smallvec::{SmallVec, smallvec};
use workloads::ModelSpec;
use workloads::model::{Attention, Matrix, Span, WeightFormat};
use workloads::prefill::Chunk;

use crate::replay::graph::{Takes, Unit, Use};
use crate::time::Femtos;

/// Bytes of an activation as it travels between GPUs: bf16.
pub const ELEMENT_BYTES: u32 = 2;

/// Operations of softmax, SwiGLU or a normalisation per element. Assumption: an exponential or a root, and a few multiplies.
const FLOPS_PER_ELEMENT: u32 = 8;

/// Operations per element of an expert's output that is weighted and summed: a multiplication and an addition.
const FLOPS_PER_WEIGHTED: u32 = 2;

/// Operations per (token, expert) pair that is sorted by expert. Assumption: a comparison and an addition.
const FLOPS_PER_PAIR: u32 = 2;

/// Kernels one after another.
pub type Launches = SmallVec<[Launch; 2]>;

/// Builds the kernels of one model. Activations stay on chip but for those of experts, whose intermediates the paper counts
/// among the bytes that cross HBM.
#[derive(Clone, Debug)]
pub struct Kernels<'a> {
    /// The model.
    pub model: &'a ModelSpec,
    /// The law of the GPU.
    pub law: Law,
}

impl Kernels<'_> {
    /// Projections into attention.
    #[must_use]
    pub fn input_projections(&self, attention: &Attention, tokens: u32) -> Launches {
        self.all_dense(tokens, &attention.projections(self.model.hidden).input)
    }

    /// Projections out of attention.
    #[must_use]
    pub fn output_projections(&self, attention: &Attention, tokens: u32) -> Launches {
        self.all_dense(tokens, &attention.projections(self.model.hidden).output)
    }

    /// Projections out of attention, and the router.
    #[must_use]
    pub fn output_projections_and_router(&self, attention: &Attention, tokens: u32) -> Launches {
        let mut launches = self.output_projections(attention, tokens);
        launches.push(self.dense(tokens, self.model.router()));
        launches
    }

    /// Feed-forward network of a layer without experts.
    #[must_use]
    pub fn dense_ffn(&self, intermediate: u32, tokens: u32) -> Launches {
        self.all_dense(tokens, &self.model.dense_matrices(intermediate))
    }

    /// Language-model head.
    #[must_use]
    pub fn lm_head(&self, rows: u32) -> Launches {
        smallvec![self.dense(rows, self.model.lm_head())]
    }

    fn all_dense(&self, tokens: u32, matrices: &[Matrix]) -> Launches {
        matrices.iter().map(|&matrix| self.dense(tokens, matrix)).collect()
    }

    fn dense(&self, tokens: u32, matrix: Matrix) -> Launch {
        let Matrix { rows, columns } = matrix;
        let format = self.model.weights;
        let bits = format.traits().element_bits;
        let work = dense_gemm(tokens, rows, columns, bits, Activations::OnChip)
            + scales(format, &[matrix], u64::from(tokens > 0));
        Launch::new(Kind::DenseGemm, work, [tokens])
    }

    /// Decode attention on the GPU: over the cache, or over the recurrent state.
    #[must_use]
    pub fn attention(&self, attention: &Attention, kv_tokens: &[u32]) -> Launches {
        let requests = kv_tokens.iter().map(|_| 1);
        let (kind, work) = match Shape::of(self.model, attention) {
            Shape::Grouped(shape, span) => {
                let read = kv_tokens.iter().map(|&tokens| span.tokens(tokens));
                (Kind::DecodeAttention, decode_attention(shape, read, Activations::OnChip))
            }
            Shape::Latent(shape) => {
                let read = kv_tokens.iter().copied();
                (Kind::DecodeAttention, decode_latent(shape, read, Activations::OnChip))
            }
            Shape::Recurrent(shape) => {
                let requests = u32::try_from(kv_tokens.len()).unwrap_or(u32::MAX);
                let work = gated_delta_net(shape, requests, Activations::OnChip);
                return smallvec![Launch::new(Kind::Elementwise, work, [requests])];
            }
        };
        smallvec![Launch::new(kind, work, requests)]
    }

    /// Attention of chunks of prompts, on the GPU under every method.
    #[must_use]
    pub fn prefill_attention(&self, attention: &Attention, chunks: &[Chunk]) -> Launches {
        let cut =
            || chunks.iter().map(|&Chunk { context, tokens, .. }| PromptChunk { context, tokens });
        let rows = || chunks.iter().map(|chunk| chunk.tokens);
        let work = match Shape::of(self.model, attention) {
            Shape::Grouped(shape, span) => {
                let reach = match span {
                    Span::Full => Reach::All,
                    Span::Sliding(window) => Reach::Window(window),
                    Span::Chunked(chunk) => Reach::Chunk(chunk),
                };
                prefill_attention(shape, cut(), reach, Activations::OnChip)
            }
            Shape::Latent(shape) => prefill_latent(shape, cut(), Activations::OnChip),
            Shape::Recurrent(shape) => prefill_delta_net(shape, rows(), Activations::OnChip),
        };
        smallvec![Launch::new(Kind::PrefillAttention, work, rows())]
    }

    /// Softmax of the scores that PIM brings, one per cached token and query head, each in so many partial sums.
    #[must_use]
    pub fn softmax(&self, attention: &Attention, kv_tokens: &[u32], partial_sums: u32) -> Launches {
        let heads = match *attention {
            Attention::GroupedQuery { query_heads, .. } => query_heads,
            Attention::MultiHeadLatent { heads, .. } => heads,
            Attention::GatedDeltaNet { .. } => return Launches::new(),
        };
        let read = kv_tokens.iter().map(|&tokens| u64::from(attention.kv_tokens_read(tokens)));
        small(read.sum::<u64>() * u64::from(heads), FLOPS_PER_ELEMENT + partial_sums - 1)
    }

    /// Routed experts on the GPU, and shared ones of the same shape and format.
    #[must_use]
    pub fn experts(&self, tokens: &[u32]) -> Launches {
        let m = self.model;
        let work = self.grouped(tokens, m.experts.intermediate, m.experts.weights);
        smallvec![Launch::new(Kind::GroupedGemm, work, tokens.iter().copied())]
    }

    /// Shared experts on the GPU; every token visits them, so that each is a dense network.
    #[must_use]
    pub fn shared_experts(&self, tokens: &[u32]) -> Launches {
        let intermediate = self.model.shared.map_or(0, |shared| shared.intermediate);
        let work = self.grouped(tokens, intermediate, self.model.weights);
        smallvec![Launch::new(Kind::DenseGemm, work, tokens.iter().copied())]
    }

    fn grouped(&self, tokens: &[u32], intermediate: u32, format: WeightFormat) -> Kernel {
        let activations = Activations::InHbm { element_bytes: ELEMENT_BYTES };
        let bits = format.traits().element_bits;
        let read = tokens.iter().filter(|&&tokens| tokens > 0).count() as u64;
        grouped_gemm(tokens, self.model.hidden, intermediate, bits, activations)
            + scales(format, &self.model.dense_matrices(intermediate), read)
    }

    /// Between the two products of experts on PIM: partial sums of the first, then the activation function.
    #[must_use]
    pub fn activation(&self, tokens: u64, partial_sums: u32) -> Launches {
        let outputs = 2 * tokens * u64::from(self.model.experts.intermediate);
        small(outputs, FLOPS_PER_ELEMENT + partial_sums)
    }

    /// Weighted sum of what the experts of so many (token, expert) pairs made, and partial sums of the second product.
    #[must_use]
    pub fn weighted_sum(&self, pairs: u64, partial_sums: u32) -> Launches {
        small(pairs * u64::from(self.model.hidden), FLOPS_PER_WEIGHTED + partial_sums)
    }

    /// Counts and offsets of every expert from so many (token, expert) pairs.
    #[must_use]
    pub fn routing_sums(&self, pairs: u64) -> Launches {
        small(pairs, FLOPS_PER_PAIR)
    }

    /// Kernels on the GPU's main stream.
    #[must_use]
    pub fn on_gpu(&self, launches: &[Launch]) -> Takes {
        let Kernel { flops, bytes } = launch::total(launches);
        Takes::Kernel { compute: self.law.pace(launches), bytes, flops }
    }

    /// Small kernels beside it.
    #[must_use]
    pub fn on_vector(&self, launches: &[Launch]) -> Takes {
        let flops = launch::total(launches).flops;
        Takes::Vector { compute: self.law.pace(launches), flops }
    }
}

/// What attention kernels of a model take as shape.
enum Shape {
    Grouped(AttentionShape, Span),
    Latent(LatentShape),
    Recurrent(DeltaNetShape),
}

impl Shape {
    fn of(model: &ModelSpec, attention: &Attention) -> Self {
        let element_bytes = model.kv_bits.div_ceil(8);
        match *attention {
            Attention::GroupedQuery { query_heads, kv_heads, head_dim, span, .. } => Self::Grouped(
                AttentionShape { query_heads, kv_heads, head_dim, element_bytes },
                span,
            ),
            Attention::MultiHeadLatent {
                heads, kv_rank, nope_dim, rope_dim, value_dim, ..
            } => Self::Latent(LatentShape {
                heads,
                kv_rank,
                nope_dim,
                rope_dim,
                value_dim,
                element_bytes,
            }),
            Attention::GatedDeltaNet {
                key_heads,
                value_heads,
                key_dim,
                value_dim,
                state_bits,
                ..
            } => Self::Recurrent(DeltaNetShape {
                key_heads,
                value_heads,
                key_dim,
                value_dim,
                state_element_bytes: state_bits.div_ceil(8),
            }),
        }
    }
}

/// The same operations on each of `elements` that stay on chip.
fn small(elements: u64, flops_per_element: u32) -> Launches {
    let work = elementwise(elements, flops_per_element, 0);
    smallvec![Launch::new(Kind::Elementwise, work, [u32::from(elements > 0)])]
}

/// Scales that are read along with weights, so many times.
fn scales(format: WeightFormat, matrices: &[Matrix], times: u64) -> Kernel {
    let bytes: u64 = matrices.iter().map(|&matrix| format.scale_bytes(matrix)).sum();
    Kernel { flops: 0, bytes: times * bytes }
}

/// One unit for a given time.
#[must_use]
pub fn hold(unit: Unit, busy: Femtos) -> Takes {
    Takes::Uses(smallvec![Use { unit, busy }])
}

/// A meeting point of dependencies.
#[must_use]
pub fn meet() -> Takes {
    Takes::Uses(SmallVec::new())
}
