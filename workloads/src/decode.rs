//! A decode batch: requests that advance one token a step and are replaced when they end.

use std::sync::Arc;

use rand::RngExt;
use rand_pcg::Pcg64;
use thiserror::Error;

use crate::generator::{Generator, GeneratorSpec, stream};
use crate::lengths::KvLengths;
use crate::model::ModelSpec;
use crate::trace::{Recorded, Trace};

/// Where routing comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// Drawn.
    Synthetic(GeneratorSpec),
    /// Replayed.
    Trace(Arc<Trace>),
}

/// One step of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Tokens in the KV cache of each request.
    pub kv_tokens: Vec<u32>,
    /// [layers, requests, k].
    expert_ids: Vec<u16>,
    top_k: usize,
}

impl Step {
    /// Experts of each request's token in a layer, [requests, k].
    #[must_use]
    pub fn layer(&self, layer: u32) -> &[u16] {
        let row = self.kv_tokens.len() * self.top_k;
        &self.expert_ids[layer as usize * row..(layer as usize + 1) * row]
    }

    /// Experts of a token.
    #[must_use]
    pub fn top_k(&self) -> usize {
        self.top_k
    }
}

/// A source that does not fit the model or the batch.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Mismatch {
    /// Trace and model differ.
    #[error("the trace has {what} = {found}, model `{model}` has {expected}")]
    Model {
        /// Layers, experts or k.
        what: &'static str,
        /// In the trace.
        found: u32,
        /// In the model.
        expected: u32,
        /// The model.
        model: String,
    },
    /// Recorded batches of another size.
    #[error("a batch of {asked} requests cannot be replayed from recorded batches of {recorded}; {allowed}")]
    Batch {
        /// Asked for.
        asked: usize,
        /// In the trace.
        recorded: u32,
        /// What can.
        allowed: &'static str,
    },
    /// No request.
    #[error("a batch of 0 requests; at least 1 is needed")]
    Empty,
}

/// A decode batch in progress.
#[derive(Clone, Debug)]
pub struct Decode {
    routing: Routing,
    layers: u32,
    top_k: usize,
    lengths: KvLengths,
    slots: Vec<Slot>,
    rng: Pcg64,
    step: u64,
}

#[derive(Clone, Debug)]
enum Routing {
    Generator(Generator),
    Trace(Arc<Trace>),
}

/// A request of the batch.
#[derive(Clone, Copy, Debug)]
struct Slot {
    kv_tokens: u32,
    /// Tokens that it will still generate, this one included.
    left: u32,
    /// Its next token in a trace of requests.
    token: usize,
}

impl Decode {
    /// A batch of `requests`, drawn by the seed, each at a random position of its request.
    ///
    /// # Errors
    /// A trace that does not fit the model or the batch.
    pub fn new(
        source: &Source,
        model: &ModelSpec,
        requests: usize,
        lengths: KvLengths,
        seed: u64,
    ) -> Result<Self, Mismatch> {
        let experts = &model.experts;
        let routing = match source {
            Source::Synthetic(spec) => Routing::Generator(Generator::new(
                spec.popularity,
                model.layers,
                experts.count,
                experts.top_k,
                seed,
            )),
            Source::Trace(trace) => {
                fits(trace, model, requests)?;
                Routing::Trace(Arc::clone(trace))
            }
        };
        if requests == 0 {
            return Err(Mismatch::Empty);
        }
        let mut decode = Self {
            routing,
            layers: model.layers,
            top_k: experts.top_k as usize,
            lengths,
            slots: Vec::with_capacity(requests),
            rng: stream(seed, [u64::MAX, 0, 0]),
            step: 0,
        };
        for _ in 0..requests {
            let slot = decode.enter();
            decode.slots.push(slot);
        }
        Ok(decode)
    }

    /// The next step.
    pub fn next_step(&mut self) -> Step {
        let kv_tokens: Vec<u32> = self.slots.iter().map(|slot| slot.kv_tokens).collect();
        let mut expert_ids = Vec::with_capacity(self.layers as usize * kv_tokens.len() * self.top_k);
        for layer in 0..self.layers as usize {
            self.route(layer, &mut expert_ids);
        }
        self.step += 1;
        for index in 0..self.slots.len() {
            let slot = &mut self.slots[index];
            slot.kv_tokens += 1;
            slot.token += 1;
            slot.left -= 1;
            if slot.left == 0 {
                self.slots[index] = self.enter();
            }
        }
        Step { kv_tokens, expert_ids, top_k: self.top_k }
    }

    /// A new request at a random position. Without a trace of requests it stays for a quarter of its context, a
    /// usual ratio of generated to prompt tokens, so that the lengths keep their law over many steps.
    fn enter(&mut self) -> Slot {
        let kv_tokens = self.lengths.draw(&mut self.rng);
        let (token, left) = match &self.routing {
            Routing::Trace(trace) => match &trace.routing {
                Recorded::Requests { request_tokens, .. } => {
                    let request = self.rng.random_range(0..request_tokens.len());
                    let position = self.rng.random_range(0..request_tokens[request]);
                    let before: usize = request_tokens[..request].iter().map(|&n| n as usize).sum();
                    (before + position as usize, request_tokens[request] - position)
                }
                Recorded::Batches { .. } | Recorded::Counts { .. } => (0, (kv_tokens / 4).max(1)),
            },
            Routing::Generator(_) => (0, (kv_tokens / 4).max(1)),
        };
        Slot { kv_tokens, left, token }
    }

    fn route(&self, layer: usize, ids: &mut Vec<u16>) {
        let (layers, k, requests) = (self.layers as usize, self.top_k, self.slots.len());
        match &self.routing {
            Routing::Generator(generator) => generator.draw(layer, self.step, requests, ids),
            Routing::Trace(trace) => match &trace.routing {
                Recorded::Requests { expert_ids, .. } => {
                    for slot in &self.slots {
                        let at = (slot.token * layers + layer) * k;
                        ids.extend_from_slice(&expert_ids[at..at + k]);
                    }
                }
                Recorded::Batches { expert_ids, batch } => {
                    let row = *batch as usize * k;
                    let steps = expert_ids.len() / (layers * row);
                    let at = (self.step as usize % steps * layers + layer) * row;
                    ids.extend_from_slice(&expert_ids[at..at + requests * k]);
                }
                Recorded::Counts { counts, .. } => {
                    let experts = trace.expert_bound() as usize;
                    let steps = counts.len() / (layers * experts);
                    let at = (self.step as usize % steps * layers + layer) * experts;
                    realise(&counts[at..at + experts], requests, k, ids);
                }
            },
        }
    }
}

fn fits(trace: &Trace, model: &ModelSpec, requests: usize) -> Result<(), Mismatch> {
    let experts = trace.experts.unwrap_or_else(|| trace.expert_bound().max(model.experts.count));
    let pairs = [
        ("layers", trace.layers, model.layers),
        ("experts", experts, model.experts.count),
        ("k", trace.top_k, model.experts.top_k),
    ];
    for (what, found, expected) in pairs {
        if found != expected {
            return Err(Mismatch::Model { what, found, expected, model: model.name.clone() });
        }
    }
    match trace.routing {
        Recorded::Batches { batch, .. } if requests > batch as usize => {
            Err(Mismatch::Batch { asked: requests, recorded: batch, allowed: "at most that many can" })
        }
        Recorded::Counts { batch, .. } if requests != batch as usize => {
            Err(Mismatch::Batch { asked: requests, recorded: batch, allowed: "counts can only be replayed whole" })
        }
        _ => Ok(()),
    }
}

/// Tokens with k distinct experts each whose counts are those given, [tokens, k].
///
/// Experts are dealt to the tokens in turn, so that no token meets an expert twice as long as no count exceeds the tokens, and all
/// get the same number since the counts add up to tokens x k.
fn realise(counts: &[u32], tokens: usize, k: usize, ids: &mut Vec<u16>) {
    let start = ids.len();
    ids.resize(start + tokens * k, 0);
    let pairs = (0_u16..).zip(counts).flat_map(|(expert, &n)| (0..n).map(move |_| expert));
    for (at, expert) in pairs.enumerate().take(tokens * k) {
        ids[start + at % tokens * k + at / tokens] = expert;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Any counts that k distinct experts per token can have come back exactly.
        #[test]
        fn realised_counts_are_exact_and_experts_distinct(
            choices in proptest::collection::vec(proptest::sample::subsequence((0_u16..12).collect::<Vec<_>>(), 3), 1..40),
        ) {
            let mut counts = [0_u32; 12];
            choices.iter().flatten().for_each(|&e| counts[usize::from(e)] += 1);
            let mut ids = vec![7];
            realise(&counts, choices.len(), 3, &mut ids);
            let mut found = [0_u32; 12];
            for token in ids[1..].chunks_exact(3) {
                prop_assert!(token[0] != token[1] && token[1] != token[2] && token[0] != token[2]);
                token.iter().for_each(|&e| found[usize::from(e)] += 1);
            }
            prop_assert_eq!(found, counts);
        }
    }
}
