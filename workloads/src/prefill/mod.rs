//! Prefill in chunks: what a mixed batch computes of prompts while it decodes.

mod spec;

use rand::RngExt;
use rand_pcg::Pcg64;

pub use spec::{PRESETS, PrefillSpec, Prefills};

use crate::decode::LARGEST_BATCH;
use crate::findings::Findings;
use crate::generator::{Generator, GeneratorSpec};
use crate::lengths::KvLengths;
use crate::model::ModelSpec;
use crate::rng::{Phase, Purpose, stream};

/// Prompts that are taken in chunk by chunk, beside a decode batch. The same arguments give the same steps.
///
/// Each slot holds a prompt, of which every step takes the next chunk; after the last one the slot gets another prompt. The
/// first prompts are met at a uniformly drawn chunk, so that they do not all end at once. Layers have the popularity that a
/// [`Decode`](crate::Decode) of the same seed and law has, tokens are others; with a correlation those of a prompt are alike.
#[derive(Clone, Debug)]
pub struct Prefill {
    prompts: KvLengths,
    chunk_tokens: u32,
    rng: Pcg64,
    generator: Generator,
    slots: Vec<Slot>,
    /// Prompts so far.
    entered: u64,
    step: PrefillStep,
    steps: u64,
}

/// The chunks of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrefillStep {
    /// Steps before this one.
    pub index: u64,
    /// A chunk of each prompt.
    pub chunks: Vec<Chunk>,
    /// Experts of each token, `[layer][token][k]`, the tokens of chunk after chunk.
    pub expert_ids: Vec<u16>,
}

/// Consecutive tokens of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Prompts that entered before this one.
    pub request: u64,
    /// Tokens of the prompt that are in the KV cache already.
    pub context: u32,
    /// Tokens of the chunk.
    pub tokens: u32,
    /// Whether the prompt ends with it.
    pub last: bool,
}

/// A prompt that cannot be set up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrefillError {
    /// The model contradicts itself.
    #[error("model: {0}")]
    Model(Findings),
    /// The prompts are out of range.
    #[error("prefill: {0}")]
    Prompts(Findings),
    /// The law of popularity is out of range.
    #[error("routing: {0}")]
    Routing(Findings),
    /// The decode batch is empty or too large.
    #[error("a batch of {found} requests is outside 1 to {LARGEST_BATCH}")]
    Batch {
        /// Requests asked for.
        found: u32,
    },
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    request: u64,
    context: u32,
    prompt: u32,
}

impl Prefill {
    /// The prompts beside a decode batch of `batch` requests, before their first step.
    ///
    /// # Errors
    /// When the model, the prompts or the routing are no valid ones.
    pub fn new(
        spec: &PrefillSpec,
        routing: &GeneratorSpec,
        model: &ModelSpec,
        batch: u32,
        seed: u64,
    ) -> Result<Self, PrefillError> {
        model.check().map_err(PrefillError::Model)?;
        spec.check().map_err(PrefillError::Prompts)?;
        if !(1..=LARGEST_BATCH as u32).contains(&batch) {
            return Err(PrefillError::Batch { found: batch });
        }
        let prefills = spec.prefills(batch) as usize;
        let (experts, layers) = (&model.experts, model.moe_layers());
        let generator =
            Generator::of_phase(Phase::Prefill, routing, experts, layers, prefills, seed)
                .map_err(PrefillError::Routing)?;
        let mut new = Self {
            prompts: spec.prompt_tokens.clone(),
            chunk_tokens: spec.chunk_tokens,
            rng: stream(seed, Purpose::Prompts, 0),
            generator,
            slots: Vec::with_capacity(prefills),
            entered: 0,
            step: PrefillStep::default(),
            steps: 0,
        };
        for _ in 0..prefills {
            let mut slot = new.enter();
            let chunks = slot.prompt.div_ceil(new.chunk_tokens);
            slot.context = new.chunk_tokens * new.rng.random_range(0..chunks);
            new.slots.push(slot);
        }
        Ok(new)
    }

    /// Takes the next step.
    pub fn next_step(&mut self) -> &PrefillStep {
        let chunk_tokens = self.chunk_tokens;
        let chunk = |slot: &Slot| {
            let left = slot.prompt - slot.context;
            Chunk {
                request: slot.request,
                context: slot.context,
                tokens: chunk_tokens.min(left),
                last: left <= chunk_tokens,
            }
        };
        self.step.index = self.steps;
        self.step.chunks.clear();
        self.step.chunks.extend(self.slots.iter().map(chunk));
        let tokens = self.step.chunks.iter().enumerate();
        let slots = tokens.flat_map(|(slot, chunk)| (0..chunk.tokens).map(move |_| slot));
        self.step.expert_ids.clear();
        self.generator.route(slots, &mut self.step.expert_ids);
        // The prompts move on.
        for index in 0..self.slots.len() {
            let slot = &mut self.slots[index];
            slot.context += self.step.chunks[index].tokens;
            if slot.context == slot.prompt {
                self.slots[index] = self.enter();
                self.generator.enter(index);
            }
        }
        self.steps += 1;
        &self.step
    }

    fn enter(&mut self) -> Slot {
        let request = self.entered;
        self.entered += 1;
        Slot { request, context: 0, prompt: self.prompts.draw(&mut self.rng) }
    }
}
