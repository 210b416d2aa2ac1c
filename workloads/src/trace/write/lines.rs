//! JSON lines: `meta`, then a record for each layer of a step or token.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use tempfile::NamedTempFile;

use super::{Body, Text};
use crate::trace::schema::Meta;
use crate::trace::{Head, Kind, Part, Problem, Rows};

pub(super) struct Lines {
    text: Text,
    kind: Kind,
    experts: usize,
    steps: u64,
    last: Option<u64>,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<u64>,
    layer: u32,
    #[serde(flatten)]
    routing: Routing<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Routing<'a> {
    #[serde(rename = "experts")]
    Token(&'a [u16]),
    #[serde(rename = "experts")]
    Tokens(Vec<&'a [u16]>),
    Counts(&'a [u32]),
}

impl Lines {
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        Ok(Self { text: Text::new(path)?, kind: Kind::Counts, experts: 0, steps: 0, last: None })
    }

    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.text, line)?;
        self.text.write_all(b"\n")
    }
}

impl Body for Lines {
    fn begin(&mut self, head: &Head) -> Result<(), Problem> {
        (self.kind, self.experts) = (head.kind, head.experts as usize);
        self.line(&Meta::of(head)).map_err(Problem::Write)
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(), Problem> {
        let requests = self.kind == Kind::Requests;
        if requests && self.last.replace(part.request) != Some(part.request) {
            self.steps = 0;
        }
        for (index, &layer) in part.layers.iter().enumerate() {
            let routing = match part.rows {
                Rows::Counts(counts) => {
                    Routing::Counts(&counts[index * self.experts..][..self.experts])
                }
                Rows::Ids(ids) => {
                    let width = ids.len() / part.layers.len();
                    let ids = &ids[index * width..][..width];
                    if requests {
                        Routing::Token(ids)
                    } else {
                        Routing::Tokens(ids.chunks_exact(width / part.batch.max(1)).collect())
                    }
                }
            };
            let line = Line {
                source: part.source,
                step: (!requests).then_some(self.steps),
                request: requests.then_some(part.request),
                token: requests.then_some(self.steps),
                layer,
                routing,
            };
            self.line(&line).map_err(Problem::Write)?;
        }
        self.steps += 1;
        Ok(())
    }

    fn finish(self: Box<Self>, _: &Head) -> io::Result<NamedTempFile> {
        self.text.finish()
    }
}
