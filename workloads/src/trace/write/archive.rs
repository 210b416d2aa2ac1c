//! The project's format. An array's extents stand before its values, so the values wait in a temporary file until they are
//! known.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use npyz::npz::NpzWriter;
use npyz::zip::{DateTime, write::FileOptions};
use npyz::{AutoSerialize, Serialize, WriterBuilder};
use tempfile::NamedTempFile;

use super::{Body, temporary};
use crate::trace::schema::{BATCH_IDS, COUNTS, LAYERS, META, Meta, REQUEST_IDS, REQUEST_TOKENS};
use crate::trace::uniform::Uniform;
use crate::trace::{Head, Kind, Part, Problem, Rows};

pub(super) struct Arrays {
    path: PathBuf,
    spool: BufWriter<NamedTempFile>,
    batches: bool,
    uniform: Uniform,
}

impl Arrays {
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            spool: BufWriter::new(temporary(path)?),
            batches: false,
            uniform: Uniform::default(),
        })
    }
}

impl Body for Arrays {
    fn begin(&mut self, head: &Head) -> Result<(), Problem> {
        self.batches = head.kind == Kind::Batches;
        Ok(())
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(), Problem> {
        self.uniform.push(part, self.batches)?;
        let spool = &mut self.spool;
        match part.rows {
            Rows::Ids(ids) => ids.iter().try_for_each(|id| spool.write_all(&id.to_le_bytes())),
            Rows::Counts(counts) => {
                counts.iter().try_for_each(|n| spool.write_all(&n.to_le_bytes()))
            }
        }
        .map_err(Problem::Write)
    }

    fn finish(self: Box<Self>, head: &Head) -> io::Result<NamedTempFile> {
        let Self { path, spool, uniform, .. } = *self;
        let mut spool = spool.into_inner().map_err(io::IntoInnerError::into_error)?;
        spool.rewind()?;
        let mut values = BufReader::new(spool.as_file());
        let file = temporary(&path)?;
        let mut archive = NpzWriter::new(BufWriter::new(file.as_file()));

        array(
            &mut archive,
            META.array,
            &[],
            serde_json::to_vec(&Meta::of(head))?.into_iter().map(Ok),
        )?;
        let (steps, batch) = (uniform.parts(), uniform.batch() as u64);
        let (layers, k) = (uniform.layers().len() as u64, u64::from(head.top_k));
        match head.kind {
            Kind::Requests => {
                array(&mut archive, REQUEST_IDS.array, &[steps, layers, k], ids(&mut values))?;
                array(
                    &mut archive,
                    REQUEST_TOKENS.array,
                    &[],
                    uniform.request_tokens().iter().copied().map(Ok),
                )?;
            }
            Kind::Batches => {
                array(&mut archive, BATCH_IDS.array, &[steps, layers, batch, k], ids(&mut values))?;
            }
            Kind::Counts => {
                let shape = [steps, layers, head.experts.into()];
                let counts =
                    std::iter::from_fn(|| next(&mut values)).map(|n| n.map(u32::from_le_bytes));
                array(&mut archive, COUNTS.array, &shape, counts)?;
            }
        }
        // The first layers of a model may be all that were recorded, which their number alone would not say.
        array(&mut archive, LAYERS.array, &[], uniform.layers().iter().copied().map(Ok))?;
        archive.zip_writer().finish()?.flush()?;
        drop(archive);
        Ok(file)
    }
}

fn ids(values: &mut impl Read) -> impl Iterator<Item = io::Result<u16>> {
    std::iter::from_fn(|| next(values)).map(|id| id.map(u16::from_le_bytes))
}

/// The next bytes; `None` at the end.
fn next<const N: usize>(values: &mut impl Read) -> Option<io::Result<[u8; N]>> {
    let mut bytes = [0; N];
    match values.read_exact(&mut bytes) {
        Ok(()) => Some(Ok(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
        Err(error) => Some(Err(error)),
    }
}

/// An array of that shape; `[]` stands for one dimension of as many values as there are.
fn array<T: Serialize + AutoSerialize>(
    archive: &mut NpzWriter<BufWriter<&File>>,
    name: &str,
    shape: &[u64],
    values: impl Iterator<Item = io::Result<T>>,
) -> io::Result<()> {
    let bytes = 8 * shape.iter().product::<u64>();
    // Without a date the archive would carry the time of writing.
    let options = FileOptions::default()
        .last_modified_time(DateTime::default())
        .large_file(bytes > u32::MAX.into());
    if shape.is_empty() {
        let values: Vec<T> = values.collect::<io::Result<_>>()?;
        let shape = [values.len() as u64];
        let mut writer = archive.array(name, options)?.default_dtype().shape(&shape).begin_nd()?;
        values.iter().try_for_each(|value| writer.push(value))?;
        return writer.finish();
    }
    let mut writer = archive.array(name, options)?.default_dtype().shape(shape).begin_nd()?;
    for value in values {
        writer.push(&value?)?;
    }
    writer.finish()
}
