//! Statistics of a trace.

use super::{FitError, Row, Shape, Targets};
use crate::decode::{Decode, RoutingSource};
use crate::lengths::KvLengths;
use crate::model::ModelSpec;
use crate::stats::LoadStats;
use crate::trace::Trace;

/// Seeds with which requests, or rows of recorded batches, are drawn.
const SEEDS: u64 = 16;

/// Steps that each of these batches takes; of recorded batches they are the first.
const STEPS: u64 = 32;

impl Targets {
    /// Statistics of decode batches out of a trace: 16 random batches of each size, 32 steps each, mean
    /// over layers. Shared experts are not
    /// in a trace and do not count.
    ///
    /// # Errors
    /// Batches that the trace does not have, models of another shape.
    pub fn of_trace(
        trace: &Trace,
        model: &ModelSpec,
        batches: &[u32],
        seed: u64,
    ) -> Result<Self, FitError> {
        let mut rows = Vec::new();
        for &batch in batches {
            let mut of = Vec::new();
            for seed in (0..SEEDS).map(|drawn| seed.wrapping_add(drawn)) {
                let source = RoutingSource::Trace(trace.clone());
                // Contexts do not matter here.
                let lengths = KvLengths::Constant(1);
                let mut decode = Decode::new(source, model, batch as usize, lengths, seed)?;
                for _ in 0..STEPS {
                    let step = decode.next_step();
                    let layers = 0..model.moe_layers();
                    of.extend(layers.map(|layer| LoadStats::of(&step.tokens_per_expert(layer))));
                }
            }
            let mean = LoadStats::mean(of).unwrap_or_default();
            rows.push(Row {
                batch,
                one_token: Some(mean.one_token),
                up_to_four: Some(mean.up_to_four),
                activated: Some(mean.activated),
            });
        }
        let experts = &model.experts;
        let shape = Shape { experts: experts.count, top_k: experts.top_k, shared: 0 };
        Ok(Self { origin: trace.origin().to_owned(), shape, rows })
    }
}
