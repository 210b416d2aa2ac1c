//! Writing a trace part by part.

mod archive;
mod csv;
mod lines;

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::check::Check;
use super::{Expected, Head, Part, Problem, Sink, Trace, TraceError, memory};

/// A format that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The project's format.
    Npz,
    /// Tokens per expert, a line for a layer of a batch.
    Csv,
    /// A JSON object a line.
    JsonLines,
}

/// Writes a trace. The file appears whole or not at all, and the same trace gives the same bytes; whatever its length, no more
/// than a part is in memory.
pub struct Writer {
    path: PathBuf,
    body: Box<dyn Body>,
    head: Option<Head>,
    parts: u64,
}

/// A file in the making.
trait Body {
    fn begin(&mut self, head: &Head) -> Result<(), Problem>;
    fn part(&mut self, part: &Part<'_>) -> Result<(), Problem>;
    /// All of the file, in its temporary place.
    fn finish(self: Box<Self>, head: &Head) -> io::Result<NamedTempFile>;
}

impl Target {
    /// By the name of a file: `.npz`, `.csv` or `.jsonl`.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "npz" => Some(Self::Npz),
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

impl Writer {
    /// Begins a file.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn create(path: impl AsRef<Path>, target: Target) -> Result<Self, TraceError> {
        let path = path.as_ref().to_owned();
        let body = || -> io::Result<Box<dyn Body>> {
            Ok(match target {
                Target::Npz => Box::new(archive::Arrays::new(&path)?),
                Target::Csv => Box::new(csv::Table::new(&path)?),
                Target::JsonLines => Box::new(lines::Lines::new(&path)?),
            })
        };
        match body() {
            Ok(body) => Ok(Self { path, body, head: None, parts: 0 }),
            Err(error) => Err(failed(&path, Problem::Write(error))),
        }
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// When nothing was handed over, or the file cannot be written.
    pub fn finish(self) -> Result<(), TraceError> {
        let Self { path, body, head, parts } = self;
        let Some(head) = head.filter(|_| parts > 0) else {
            return Err(failed(&path, Problem::Nothing(" of what was chosen".to_owned())));
        };
        let finish = || -> io::Result<()> {
            body.finish(&head)?.persist(&path)?;
            Ok(())
        };
        finish().map_err(|error| failed(&path, Problem::Write(error)))
    }
}

impl Sink for Writer {
    fn begin(&mut self, head: &Head) -> Result<(), Problem> {
        self.body.begin(head)?;
        self.head = Some(head.clone());
        Ok(())
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(), Problem> {
        self.parts += 1;
        self.body.part(part)
    }
}

impl Trace {
    /// Writes the trace in the project's format: expert ids as uint16, counts as uint32. The file appears whole or not at all,
    /// and the same trace gives the same bytes.
    ///
    /// # Errors
    /// When the folder or the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), TraceError> {
        let path = path.as_ref();
        let mut writer = Writer::create(path, Target::Npz)?;
        let expected = Expected { layers: Some(self.layers), ..Expected::default() };
        let mut check = Check::new(&expected, &mut writer);
        memory::parts(&self.records, &self.head, &expected, &mut check)
            .map_err(|problem| failed(path, problem))?;
        writer.finish()
    }
}

fn failed(path: &Path, problem: Problem) -> TraceError {
    TraceError::new(path.display().to_string(), problem)
}

/// A temporary file in the folder of `path`, which can be renamed to it.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".sieve-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Readable as far as the umask allows, like any file; temporary files are private otherwise.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    // The name of the temporary file would say nothing to anybody.
    builder.tempfile_in(folder.unwrap_or(Path::new("."))).map_err(|error| error.kind().into())
}

/// A text in the making.
struct Text(BufWriter<NamedTempFile>);

impl Text {
    fn new(path: &Path) -> io::Result<Self> {
        Ok(Self(BufWriter::new(temporary(path)?)))
    }

    fn finish(self) -> io::Result<NamedTempFile> {
        self.0.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
