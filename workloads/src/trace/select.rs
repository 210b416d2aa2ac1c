//! Sinks that pass on some of a trace.

use std::collections::BTreeSet;

use super::{Head, Kind, Part, Problem, Rows, Sink, TraceError};

/// Recordings that a message lists.
const LISTED: usize = 10;

/// Passes on the steps of one source or one batch size.
pub struct Select<'a> {
    sink: &'a mut dyn Sink,
    source: Option<String>,
    batch: Option<usize>,
    passed: bool,
    /// Source and batch of what was not passed on.
    others: BTreeSet<(String, usize)>,
}

impl<'a> Select<'a> {
    /// Passes on to `sink`; `None` is any.
    pub fn new(sink: &'a mut dyn Sink, source: Option<String>, batch: Option<usize>) -> Self {
        Self { sink, source, batch, passed: false, others: BTreeSet::new() }
    }

    /// To be called after the last part. `origin` is the file that was read.
    ///
    /// # Errors
    /// When nothing was passed on; the error lists what there is.
    pub fn finish(self, origin: impl Into<String>) -> Result<(), TraceError> {
        if self.passed {
            return Ok(());
        }
        let name = |source: Option<&str>, batch: Option<usize>| {
            let source = source.filter(|source| !source.is_empty());
            let source = source.map(|source| format!("source `{source}`"));
            let batch = batch.map(|batch| format!("batch {batch}"));
            source.into_iter().chain(batch).collect::<Vec<_>>().join(", ")
        };
        let other = |(source, batch): &(String, usize)| {
            let unnamed = self.source.is_some() && source.is_empty();
            name(Some(source), Some(*batch)) + if unnamed { " without a source" } else { "" }
        };
        let there: Vec<_> = self.others.iter().take(LISTED).map(other).collect();
        let more = if self.others.len() > LISTED { "; ..." } else { "" };
        let asked = name(self.source.as_deref(), self.batch);
        let says = format!(" of {asked}; there is {}{more}", there.join("; "));
        Err(TraceError::new(origin, Problem::Nothing(says)))
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
        if !other {
            self.passed = true;
            return self.sink.part(part);
        }
        if !self.passed {
            self.others.insert((part.source.to_owned(), part.batch));
        }
        Ok(())
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
