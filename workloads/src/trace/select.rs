//! Sinks that pass on some of a trace.

use super::{Head, Kind, Part, Problem, Rows, Sink};

/// Passes on the steps of one source or one batch size.
pub struct Select<'a> {
    sink: &'a mut dyn Sink,
    source: Option<String>,
    batch: Option<usize>,
}

impl<'a> Select<'a> {
    /// Passes on to `sink`; `None` is any.
    pub fn new(sink: &'a mut dyn Sink, source: Option<String>, batch: Option<usize>) -> Self {
        Self { sink, source, batch }
    }
}

impl Sink for Select<'_> {
    fn begin(&mut self, head: &Head) -> Result<(), Problem> {
        if self.batch.is_some() && head.kind == Kind::Requests {
            let says = "which have no batch to choose";
            return Err(Problem::Kind { kind: head.kind, says });
        }
        self.sink.begin(head)
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(), Problem> {
        let other = self.source.as_ref().is_some_and(|source| source != part.source)
            || self.batch.is_some_and(|batch| batch != part.batch);
        if other { Ok(()) } else { self.sink.part(part) }
    }
}

/// Passes on the tokens per expert instead of the experts of each token.
pub struct AsCounts<'a> {
    sink: &'a mut dyn Sink,
    experts: u32,
}

impl<'a> AsCounts<'a> {
    /// Passes on to `sink`.
    pub fn new(sink: &'a mut dyn Sink) -> Self {
        Self { sink, experts: 0 }
    }
}

impl Sink for AsCounts<'_> {
    fn begin(&mut self, head: &Head) -> Result<(), Problem> {
        if head.kind == Kind::Requests {
            let says = "which are no batches whose tokens could be counted";
            return Err(Problem::Kind { kind: head.kind, says });
        }
        self.experts = head.experts;
        self.sink.begin(&Head { kind: Kind::Counts, ..head.clone() })
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(), Problem> {
        let of_layer = |layer| part.tokens_per_expert(layer, self.experts).into_owned();
        let counts: Vec<u32> = (0..part.layers.len()).flat_map(of_layer).collect();
        self.sink.part(&Part { rows: Rows::Counts(&counts), ..*part })
    }
}
