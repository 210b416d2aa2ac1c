//! Consistency of a trace, with itself and with what is expected. Every reader passes its parts through here.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::place::Place;
use super::{Expected, Head, Kind, Part, Problem, Rows, Sink};

/// A part as it stands in a file.
pub(super) struct Raw<'a> {
    /// Name of the recording.
    pub(super) source: &'a str,
    /// Number of the request.
    pub(super) request: u64,
    /// The layers that were recorded.
    pub(super) layers: &'a [u32],
    /// Tokens of each layer, where something beside the values says it.
    pub(super) batch: Option<usize>,
    /// Ids `[layers, batch, k]` or counts `[layers, experts]`.
    pub(super) values: &'a [i128],
    /// Where they stand.
    pub(super) place: Place<'a>,
}

/// Passes on what is consistent.
pub(super) struct Check<'a> {
    expected: &'a Expected,
    sink: &'a mut dyn Sink,
    head: Option<Head>,
    /// Layers of the first part of each source and batch: all of them have the same.
    layers: BTreeMap<String, BTreeMap<usize, Vec<u32>>>,
    ids: Vec<u16>,
    counts: Vec<u32>,
}

impl<'a> Check<'a> {
    pub(super) fn new(expected: &'a Expected, sink: &'a mut dyn Sink) -> Self {
        let (layers, ids, counts) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { expected, sink, head: None, layers, ids, counts }
    }

    pub(super) fn begin(&mut self, head: Head) -> Result<(), Problem> {
        let Head { experts, top_k, .. } = head;
        if top_k > experts {
            let says = format!("a token cannot visit {top_k} of {experts} experts");
            return Err(Problem::Text { place: "experts per token".to_owned(), says });
        }
        self.sink.begin(&head)?;
        self.head = Some(head);
        Ok(())
    }

    pub(super) fn part(&mut self, raw: &Raw<'_>) -> Result<(), Problem> {
        let Some(Head { kind, experts, top_k, .. }) = self.head else { return Ok(()) };
        let batch = match kind {
            Kind::Counts => self.check_counts(experts, top_k, raw)?,
            Kind::Requests | Kind::Batches => self.check_ids(experts, top_k, raw)?,
        };
        self.check_layers(raw, batch)?;
        let passed = self.sink.part(&Part {
            source: raw.source,
            request: raw.request,
            layers: raw.layers,
            batch,
            rows: match kind {
                Kind::Counts => Rows::Counts(&self.counts),
                Kind::Requests | Kind::Batches => Rows::Ids(&self.ids),
            },
        });
        passed.map_err(|problem| match problem {
            // A sink knows parts by their number only.
            Problem::Uneven { found, before, hint, .. } => {
                Problem::Uneven { place: raw.place.layer(0), found, before, hint }
            }
            other => other,
        })
    }

    /// The head, after at least one part.
    pub(super) fn end(self) -> Result<Head, Problem> {
        let some = !self.layers.is_empty();
        self.head.filter(|_| some).ok_or_else(|| Problem::Nothing(String::new()))
    }

    /// Experts exist, and a token has each once. Gives the batch.
    fn check_ids(&mut self, experts: u32, top_k: u32, raw: &Raw<'_>) -> Result<usize, Problem> {
        let k = top_k as usize;
        let batch = raw.values.len() / (k * raw.layers.len()).max(1);
        let allowed = 0..=experts - 1;
        self.ids.clear();
        for (index, &found) in raw.values.iter().enumerate() {
            let (row, slot) = (index / k, index % k);
            let (layer, token) = (row / batch, row % batch);
            let id = in_range(found, &allowed, || raw.place.value(layer, token, slot))? as u16;
            if self.ids[row * k..].contains(&id) {
                let place = raw.place.value(layer, token, slot);
                return Err(Problem::Twice { place, expert: id });
            }
            self.ids.push(id);
        }
        Ok(batch)
    }

    /// Each layer spreads `batch * k` tokens over the experts, an expert at most `batch`. Gives the batch.
    fn check_counts(&mut self, experts: u32, top_k: u32, raw: &Raw<'_>) -> Result<usize, Problem> {
        let (experts, k) = (experts as usize, u64::from(top_k));
        let place = |index: usize| raw.place.value(index / experts, 0, index % experts);
        self.counts.clear();
        for (index, &found) in raw.values.iter().enumerate() {
            self.counts.push(in_range(found, &(0..=u32::MAX), || place(index))?);
        }
        let sum = |layer: &[u32]| layer.iter().copied().map(u64::from).sum::<u64>();
        let first = sum(&self.counts[..experts]);
        let visits = raw.batch.map_or(first, |batch| batch as u64 * k);
        for (layer, counts) in self.counts.chunks_exact(experts).enumerate() {
            let found = sum(counts);
            let allowed = if visits == 0 || !visits.is_multiple_of(k) {
                format!("which is no batch of tokens that visit {k} experts each")
            } else if found == visits {
                continue;
            } else if let Some(batch) = raw.batch {
                format!("those of {batch} tokens that visit {k} experts each to {visits}")
            } else {
                format!("those of layer {} to {first}", raw.layers[0])
            };
            return Err(Problem::CountSum { place: raw.place.layer(layer), found, allowed });
        }
        let batch = visits / k;
        let most = batch.try_into().unwrap_or(u32::MAX);
        for (index, &found) in self.counts.iter().enumerate() {
            in_range(found.into(), &(0..=most), || place(index))?;
        }
        Ok(batch as usize)
    }

    /// Layers ascend, are of the model, and are those of the parts before.
    fn check_layers(&mut self, raw: &Raw<'_>, batch: usize) -> Result<(), Problem> {
        let before = self.layers.get(raw.source).and_then(|of| of.get(&batch));
        if before.is_some_and(|before| before == raw.layers) {
            return Ok(());
        }
        if let Some(before) = before {
            return Err(Problem::Uneven {
                place: raw.place.layer(raw.layers.len().saturating_sub(1)),
                found: format!("layers {:?}", raw.layers),
                before: format!("{before:?}"),
                hint: "",
            });
        }
        let most = self.expected.layers.map_or(u32::MAX, |layers| layers - 1);
        for (at, &layer) in raw.layers.iter().enumerate() {
            let place = || format!("{}, number of the layer", raw.place.layer(at));
            in_range(layer.into(), &(0..=most), place)?;
            if at > 0 && layer <= raw.layers[at - 1] {
                let says = format!("layer {layer} follows layer {}", raw.layers[at - 1]);
                return Err(Problem::Text { place: raw.place.layer(at), says });
            }
        }
        let of = self.layers.entry(raw.source.to_owned()).or_default();
        of.insert(batch, raw.layers.to_vec());
        Ok(())
    }
}

/// The value, if it lies in the range.
pub(super) fn in_range(
    found: i128,
    allowed: &RangeInclusive<u32>,
    place: impl FnOnce() -> String,
) -> Result<u32, Problem> {
    let (least, most) = (*allowed.start(), *allowed.end());
    match u32::try_from(found) {
        Ok(value) if allowed.contains(&value) => Ok(value),
        _ => Err(Problem::Value { place: place(), found, least, most }),
    }
}
