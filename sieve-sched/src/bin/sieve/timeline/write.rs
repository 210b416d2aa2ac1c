//! The file of a timeline.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;
use sieve_sched::timeline::{Timeline, chrome, perfetto};

use crate::gzip::Packed;
use crate::output::Output;

#[derive(Args)]
pub(super) struct Target {
    /// File to write; gzip if its name ends in .gz
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Format of the file
    #[arg(long, value_enum, default_value_t = Format::Perfetto)]
    format: Format,
    /// Print one JSON object and nothing else
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Perfetto's own
    Perfetto,
    /// Chrome's trace events as JSON
    Json,
}

/// What was written.
#[derive(Serialize)]
pub(super) struct Written {
    /// The file.
    pub(super) file: String,
    /// Its bytes before it is packed.
    bytes: usize,
    /// Tracks.
    tracks: usize,
    /// Slices on all tracks.
    slices: usize,
}

impl Target {
    /// Finds what cannot be written before the work is done. None of the inputs is replaced.
    pub(super) fn create(&self, inputs: &[&Path]) -> Result<Output, Box<dyn Error>> {
        Output::apart_from(inputs, &self.out)
    }

    pub(super) fn write(
        &self,
        output: Output,
        timeline: &Timeline,
    ) -> Result<Written, Box<dyn Error>> {
        let bytes = match self.format {
            Format::Perfetto => perfetto::encode(timeline),
            Format::Json => chrome::encode(timeline),
        };
        let file = self.out.display().to_string();
        let mut packed = Packed::new(&self.out, output);
        packed
            .write_all(&bytes)
            .and_then(|()| packed.finish())
            .map_err(|error| format!("{file}: cannot be written: {error}"))?
            .finish()?;
        let (tracks, slices) = (timeline.tracks(), timeline.slices());
        Ok(Written { file, bytes: bytes.len(), tracks, slices })
    }
}

impl Written {
    pub(super) fn text(&self) -> String {
        format!(
            "{} slices on {} tracks in {}; open it at https://ui.perfetto.dev",
            self.slices, self.tracks, self.file
        )
    }
}
