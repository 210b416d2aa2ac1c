//! Traces in memory, as replays need them: out of a file, and as parts again.

use std::path::Path;

use super::array::{Array, Axes};
use super::check::{Check, Raw};
use super::place::Place;
use super::schema::{BATCH_IDS, COUNTS, REQUEST_IDS, REQUEST_TOKENS};
use super::uniform::Uniform;
use super::{Expected, Head, Kind, Part, Problem, Records, Rows, Sink, Trace, TraceError, scan};
use crate::model::ModelSpec;

impl Trace {
    /// Reads a trace of a (checked) model, in any format that [`scan`] reads. All layers have to be there, and all steps have
    /// the same batch.
    ///
    /// # Errors
    /// The first thing that is wrong with the file, or that does not fit the model, with its place.
    pub fn read(path: impl AsRef<Path>, model: &ModelSpec) -> Result<Self, TraceError> {
        let origin = path.as_ref().display().to_string();
        let mut collected = Collect::default();
        let head = scan(path, None, &Expected::of(model), &mut collected)?;
        match collected.finish(&head, model) {
            Ok(records) => Ok(Self::checked(origin, head, model, records)),
            Err(problem) => Err(TraceError::new(origin, problem)),
        }
    }
}

/// Takes a trace whole.
#[derive(Default)]
struct Collect {
    uniform: Uniform,
    ids: Vec<u16>,
    counts: Vec<u32>,
}

impl Sink for Collect {
    fn begin(&mut self, _: &Head) -> Result<(), Problem> {
        Ok(())
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(), Problem> {
        self.uniform.push(part, true)?;
        match part.rows {
            Rows::Ids(ids) => self.ids.extend(ids),
            Rows::Counts(counts) => self.counts.extend(counts),
        }
        Ok(())
    }
}

impl Collect {
    fn finish(self, head: &Head, model: &ModelSpec) -> Result<Records, Problem> {
        let layers = self.uniform.layers();
        if !layers.iter().copied().eq(0..model.moe_layers()) {
            return Err(Problem::Differs {
                holder: "has only".to_owned(),
                what: "layers",
                found: layers.len() as u64,
                by: format!("model `{}` has {}", model.name, model.moe_layers()),
            });
        }
        let (parts, layers) = (self.uniform.parts() as usize, layers.len());
        let (batch, k) = (self.uniform.batch(), head.top_k as usize);
        let records = match head.kind {
            Kind::Requests => {
                let request_tokens = self.uniform.request_tokens().to_vec();
                let request_tokens = Array::new([request_tokens.len()], request_tokens);
                Array::new([parts, layers, k], self.ids).zip(request_tokens).map(
                    |(expert_ids, request_tokens)| Records::Requests { expert_ids, request_tokens },
                )
            }
            Kind::Batches => Array::new([parts, layers, batch, k], self.ids)
                .map(|expert_ids| Records::Batches { expert_ids }),
            Kind::Counts => Array::new([parts, layers, head.experts as usize], self.counts)
                .map(|counts| Records::Counts { counts }),
        };
        records.ok_or_else(|| Problem::Nothing(String::new()))
    }
}

/// Hands over records part by part.
pub(super) fn parts(
    records: &Records,
    head: &Head,
    expected: &Expected,
    check: &mut Check<'_>,
) -> Result<(), Problem> {
    match records {
        Records::Requests { expert_ids, request_tokens } => {
            let lengths = request_tokens.values();
            REQUEST_TOKENS.check(&request_tokens.shape())?;
            let found = lengths.iter().copied().map(u64::from).sum();
            let [tokens, ..] = expert_ids.shape();
            let named = |axes: Axes<'_>| axes.array.to_owned();
            if let Some(request) = lengths.iter().position(|&tokens| tokens == 0) {
                let place =
                    Place::Array { axes: REQUEST_TOKENS, index: Some(request), layers: None };
                let (place, most) = (place.layer(0), u32::MAX);
                return Err(Problem::Value { place, found: 0, least: 1, most });
            }
            if found != tokens as u64 {
                let (lengths, ids) = (named(REQUEST_TOKENS), named(REQUEST_IDS));
                return Err(Problem::RequestSum { lengths, found, ids, tokens });
            }
            let of = lengths.iter().zip(0..).flat_map(|(&n, request)| (0..n).map(move |_| request));
            array(expert_ids, REQUEST_IDS, head, expected, of, check)
        }
        Records::Batches { expert_ids } => {
            array(expert_ids, BATCH_IDS, head, expected, std::iter::repeat(0), check)
        }
        Records::Counts { counts } => {
            array(counts, COUNTS, head, expected, std::iter::repeat(0), check)
        }
    }
}

fn array<T: Copy + Into<i128>, const N: usize>(
    array: &Array<T, N>,
    axes: Axes<'_>,
    head: &Head,
    expected: &Expected,
    requests: impl Iterator<Item = u64>,
    check: &mut Check<'_>,
) -> Result<(), Problem> {
    let shape = array.shape();
    axes.check(&shape)?;
    let has = format!("array `{}` has", axes.array);
    let layers = expected.all_layers(&has, axes.extent(&shape, "layer").unwrap_or(0))?;
    let last = Some(shape[N - 1] as u64);
    match head.kind {
        Kind::Counts => expected.experts(&has, last)?,
        Kind::Requests | Kind::Batches => expected.top_k(&has, last)?,
    };
    check.begin(head.clone())?;
    let chunks = array.values().chunks_exact(shape[1..].iter().product());
    for ((index, chunk), request) in chunks.enumerate().zip(requests) {
        check.part(&Raw {
            source: "",
            request,
            layers: &layers,
            batch: None,
            values: &chunk.iter().map(|&value| value.into()).collect::<Vec<_>>(),
            place: Place::Array { axes, index: Some(index), layers: None },
        })?;
    }
    Ok(())
}
