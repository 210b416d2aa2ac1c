//! A decode batch: requests that each generate one token a step.

mod contexts;
mod error;
mod recorded;
mod requests;
mod step;

pub use error::DecodeError;
pub use step::Step;

use crate::generator::{Generator, GeneratorSpec};
use crate::lengths::KvLengths;
use crate::model::ModelSpec;
use crate::trace::{Records, Trace};
use contexts::Contexts;
use recorded::{Batches, Counts};
use requests::Requests;
pub(crate) use requests::draw_token;

/// Largest batch, in requests.
pub const LARGEST_BATCH: usize = 1 << 16;

/// Where the routing of a batch comes from.
#[derive(Clone, Debug)]
pub enum RoutingSource {
    /// A recorded trace; clones share its arrays.
    Trace(Trace),
    /// A law of expert popularity.
    Synthetic(GeneratorSpec),
}

/// A decode batch that is stepped forward. The same arguments give the same steps, on every platform.
///
/// Routing of a `requests` trace: each slot of the batch holds a request and a position in it, both drawn uniformly; it moves
/// on one token a step and is filled anew in the same way when its request has ended. Of `batches` and `counts`: the recorded
/// steps in order, again and again; a batch smaller than the recorded one follows some of its tokens, drawn once. Synthetic:
/// independent tokens, or, with a correlation, requests whose affinities are drawn when they enter.
///
/// Context lengths of a `requests` trace are drawn when a request enters and grow by one token a step. The other sources do
/// not know when a request ends, so each slot follows a law that keeps the mean context: after every step a request ends with
/// probability `2 / (mean + 1)`, and its successor enters at a uniform position inside a fresh draw.
#[derive(Clone, Debug)]
pub struct Decode {
    routing: Routing,
    contexts: Contexts,
    step: Step,
    steps: u64,
}

#[derive(Clone, Debug)]
enum Routing {
    Requests(Requests),
    Batches(Batches),
    Counts(Counts),
    Synthetic(Generator),
}

impl Decode {
    /// A batch of `batch` requests before its first step.
    ///
    /// # Errors
    /// When the model, the law of lengths or the routing is no valid one, the trace does not fit the model, or the batch does
    /// not fit the trace.
    pub fn new(
        source: RoutingSource,
        model: &ModelSpec,
        batch: usize,
        lengths: KvLengths,
        seed: u64,
    ) -> Result<Self, DecodeError> {
        model.check().map_err(DecodeError::Model)?;
        lengths.check().map_err(DecodeError::Lengths)?;
        if !(1..=LARGEST_BATCH).contains(&batch) {
            return Err(DecodeError::Batch { found: batch });
        }
        Ok(Self {
            routing: Routing::new(source, model, batch, seed)?,
            contexts: Contexts::new(lengths, batch, seed),
            step: Step::of(&model.experts),
            steps: 0,
        })
    }

    /// Takes the next step.
    pub fn next_step(&mut self) -> &Step {
        let Step { index, kv_tokens, expert_ids, .. } = &mut self.step;
        *index = self.steps;
        kv_tokens.clear();
        kv_tokens.extend(self.contexts.tokens());
        expert_ids.clear();
        match &mut self.routing {
            Routing::Requests(requests) => requests.route(expert_ids),
            Routing::Batches(batches) => batches.route(self.steps, expert_ids),
            Routing::Counts(counts) => counts.route(self.steps, expert_ids),
            Routing::Synthetic(generator) => generator.route(0..kv_tokens.len(), expert_ids),
        }
        // The batch moves on.
        match &mut self.routing {
            Routing::Requests(requests) => requests.advance(&mut self.contexts),
            Routing::Batches(_) | Routing::Counts(_) => self.contexts.renew(|_| ()),
            Routing::Synthetic(generator) => self.contexts.renew(|slot| generator.enter(slot)),
        }
        self.steps += 1;
        &self.step
    }
}

impl Routing {
    fn new(
        source: RoutingSource,
        model: &ModelSpec,
        batch: usize,
        seed: u64,
    ) -> Result<Self, DecodeError> {
        let trace = match source {
            RoutingSource::Synthetic(spec) => {
                let (experts, layers) = (&model.experts, model.moe_layers());
                let generator = Generator::new(&spec, experts, layers, batch, seed);
                return generator.map(Self::Synthetic).map_err(DecodeError::Routing);
            }
            RoutingSource::Trace(trace) => trace,
        };
        trace.fits(model)?;
        let origin = || trace.origin().to_owned();
        match trace.records() {
            Records::Requests { expert_ids, request_tokens } => {
                Ok(Self::Requests(Requests::new(expert_ids, request_tokens, batch, seed)))
            }
            Records::Batches { expert_ids } => {
                let [_, _, recorded, _] = expert_ids.shape();
                if batch > recorded {
                    let origin = origin();
                    return Err(DecodeError::LargerThanRecorded { origin, found: batch, recorded });
                }
                Ok(Self::Batches(Batches::new(expert_ids, batch, seed)))
            }
            Records::Counts { counts } => {
                let [_, _, experts] = counts.shape();
                let visits: usize = counts.values()[..experts].iter().map(|&n| n as usize).sum();
                let recorded = visits / model.experts.top_k as usize;
                if batch != recorded {
                    let origin = origin();
                    return Err(DecodeError::NotTheCounted { origin, found: batch, recorded });
                }
                Ok(Self::Counts(Counts::new(counts, batch)))
            }
        }
    }
}
