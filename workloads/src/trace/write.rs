//! Writing a trace file.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::path::Path;

use npyz::npz::NpzWriter;
use npyz::zip::{DateTime, write::FileOptions};
use npyz::{AutoSerialize, Serialize, WriterBuilder};
use tempfile::NamedTempFile;

use super::array::{Array, Axes};
use super::schema::{BATCH_IDS, COUNTS, Kind, META, Meta, REQUEST_IDS, REQUEST_TOKENS, VERSION};
use super::{Problem, Records, Trace, TraceError};

impl Trace {
    /// Writes the trace in the project's format: expert ids as uint16, counts as uint32. The file appears whole or not at all,
    /// and the same trace gives the same bytes.
    ///
    /// # Errors
    /// When the folder or the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), TraceError> {
        let path = path.as_ref();
        self.write_beside(path).map_err(|error| TraceError {
            origin: path.display().to_string(),
            problem: Problem::Write(error),
        })
    }

    fn write_beside(&self, path: &Path) -> io::Result<()> {
        let file = temporary(path)?;
        self.archive(BufWriter::new(file.as_file()))?;
        file.persist(path)?;
        Ok(())
    }

    fn archive(&self, file: BufWriter<&File>) -> io::Result<()> {
        let mut archive = NpzWriter::new(file);
        let json = serde_json::to_vec(&self.meta())?;
        array(&mut archive, &META, [json.len()], &json)?;
        match &self.records {
            Records::Requests { expert_ids, request_tokens } => {
                whole(&mut archive, &REQUEST_IDS, expert_ids)?;
                whole(&mut archive, &REQUEST_TOKENS, request_tokens)?;
            }
            Records::Batches { expert_ids } => whole(&mut archive, &BATCH_IDS, expert_ids)?,
            Records::Counts { counts } => whole(&mut archive, &COUNTS, counts)?,
        }
        archive.zip_writer().finish()?.flush()
    }

    fn meta(&self) -> Meta {
        Meta {
            schema_version: VERSION,
            kind: match self.records {
                Records::Requests { .. } => Kind::Requests,
                Records::Batches { .. } => Kind::Batches,
                Records::Counts { .. } => Kind::Counts,
            },
            model: self.model.clone(),
            experts: self.experts.into(),
            top_k: self.top_k.into(),
        }
    }
}

/// A temporary file in the folder of `path`, which can be renamed to it.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Readable as far as the umask allows, like any file; temporary files are private otherwise.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder.unwrap_or(Path::new(".")))
}

fn whole<T: Serialize + AutoSerialize, const N: usize>(
    archive: &mut NpzWriter<impl Write + Seek>,
    axes: &Axes<N>,
    values: &Array<T, N>,
) -> io::Result<()> {
    array(archive, axes, values.shape(), values.values())
}

fn array<T: Serialize + AutoSerialize, const N: usize>(
    archive: &mut NpzWriter<impl Write + Seek>,
    axes: &Axes<N>,
    shape: [usize; N],
    values: &[T],
) -> io::Result<()> {
    // Without a date the archive would carry the time of writing.
    let options = FileOptions::default().last_modified_time(DateTime::default());
    let shape = shape.map(|extent| extent as u64);
    let mut writer =
        archive.array(axes.array, options)?.default_dtype().shape(&shape).begin_nd()?;
    for value in values {
        writer.push(value)?;
    }
    writer.finish()
}
