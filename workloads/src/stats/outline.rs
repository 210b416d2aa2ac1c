//! What a trace holds, before any of it is used.

use crate::trace::{Head, Kind, Part, Problem, Sink};

/// Steps of one source and batch size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) source: String,
    pub(super) batch: usize,
    pub(super) layers: Vec<u32>,
    pub(super) steps: u64,
}

/// Groups of steps in the order in which they begin, and where requests begin and end.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) groups: Vec<Group>,
    /// First token of each request, and the end of the last.
    pub(super) bounds: Vec<usize>,
    kind: Option<Kind>,
    last: Option<u64>,
}

impl Outline {
    pub(super) fn group(&self, part: &Part<'_>) -> Option<usize> {
        let same = |group: &Group| group.source == part.source && group.batch == part.batch;
        self.groups.iter().position(same)
    }
}

impl Sink for Outline {
    fn begin(&mut self, head: &Head) -> Result<(), Problem> {
        self.kind = Some(head.kind);
        Ok(())
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(), Problem> {
        match self.group(part) {
            Some(group) => self.groups[group].steps += 1,
            None => self.groups.push(Group {
                source: part.source.to_owned(),
                batch: part.batch,
                layers: part.layers.to_vec(),
                steps: 1,
            }),
        }
        if self.kind == Some(Kind::Requests) {
            if self.last.replace(part.request) != Some(part.request) {
                let begin = self.bounds.last().copied().unwrap_or(0);
                self.bounds.resize(self.bounds.len().max(1), 0);
                self.bounds.push(begin);
            }
            if let Some(end) = self.bounds.last_mut() {
                *end += 1;
            }
        }
        Ok(())
    }
}
