//! Tokens per expert as CSV.

use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::{Body, Text};
use crate::trace::{Head, Kind, Part, Problem};

pub(super) struct Table {
    text: Text,
    experts: u32,
    batch: u64,
}

impl Table {
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        Ok(Self { text: Text::new(path)?, experts: 0, batch: 0 })
    }

    fn line(&mut self, part: &Part<'_>, index: usize) -> io::Result<()> {
        // A source with a comma was quoted where it came from.
        let quoted = part.source.contains([',', '"', '\n', '\r']);
        let source = part.source.replace('"', "\"\"");
        let quote = if quoted { "\"" } else { "" };
        write!(
            self.text,
            "{quote}{source}{quote},{},{},{}",
            part.batch, self.batch, part.layers[index]
        )?;
        for count in part.tokens_per_expert(index, self.experts).iter() {
            write!(self.text, ",{count}")?;
        }
        writeln!(self.text)
    }
}

impl Body for Table {
    fn begin(&mut self, head: &Head) -> Result<(), Problem> {
        if head.kind == Kind::Requests {
            let says = "which are no batches whose tokens could be counted";
            return Err(Problem::Kind { kind: head.kind, says });
        }
        self.experts = head.experts;
        write!(self.text, "source,B,batch,layer").map_err(Problem::Write)?;
        for expert in 0..head.experts {
            write!(self.text, ",e{expert}").map_err(Problem::Write)?;
        }
        writeln!(self.text).map_err(Problem::Write)
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(), Problem> {
        for index in 0..part.layers.len() {
            self.line(part, index).map_err(Problem::Write)?;
        }
        self.batch += 1;
        Ok(())
    }

    fn finish(self: Box<Self>, _: &Head) -> io::Result<NamedTempFile> {
        self.text.finish()
    }
}
