//! What all parts of an array have in common.

use super::{Head, Part, Problem, Sink};

const CHOOSE_SOURCE: &str = "; choose a source by `sieve trace convert --source NAME`";
const CHOOSE_BATCH: &str = "; choose a batch by `sieve trace convert --batch B`";

/// Layers, source and batch of the first part, which those after it share.
#[derive(Clone, Debug, Default)]
pub(super) struct Uniform {
    first: Option<(String, Vec<u32>, usize)>,
    parts: u64,
    /// Parts of each request.
    request_tokens: Vec<u32>,
    request: Option<u64>,
}

impl Sink for Uniform {
    fn begin(&mut self, _: &Head) -> Result<(), Problem> {
        Ok(())
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(), Problem> {
        self.push(part, true)
    }
}

impl Uniform {
    /// Takes the next part; `batch` says whether its batch has to be the same too.
    pub(super) fn push(&mut self, part: &Part<'_>, batch: bool) -> Result<(), Problem> {
        let own = || (part.source.to_owned(), part.layers.to_vec(), part.batch);
        let (source, layers, tokens) = self.first.get_or_insert_with(own);
        let (found, before, hint) = if source != part.source {
            let quoted = |source: &str| format!("source `{source}`");
            (quoted(part.source), quoted(source), CHOOSE_SOURCE)
        } else if batch && *tokens != part.batch {
            (format!("a batch of {}", part.batch), format!("one of {tokens}"), CHOOSE_BATCH)
        } else if layers != part.layers {
            (format!("layers {:?}", part.layers), format!("{layers:?}"), CHOOSE_BATCH)
        } else {
            self.parts += 1;
            if self.request.replace(part.request) != Some(part.request) {
                self.request_tokens.push(0);
            }
            if let Some(tokens) = self.request_tokens.last_mut() {
                *tokens += 1;
            }
            return Ok(());
        };
        Err(Problem::Uneven { place: format!("part {}", self.parts), found, before, hint })
    }

    /// Parts so far.
    pub(super) fn parts(&self) -> u64 {
        self.parts
    }

    /// Tokens of each request so far.
    pub(super) fn request_tokens(&self) -> &[u32] {
        &self.request_tokens
    }

    pub(super) fn layers(&self) -> &[u32] {
        self.first.as_ref().map_or(&[], |(_, layers, _)| layers)
    }

    pub(super) fn batch(&self) -> usize {
        self.first.as_ref().map_or(0, |(_, _, batch)| *batch)
    }
}
