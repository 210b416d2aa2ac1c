//! The folder of a sweep: `points/KEY.json` for every finished point, `sweeps/NAME.ron` for every sweep that was run.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SCHEMA;
use super::error::SweepError;
use super::inputs::Key;

/// What came of a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Its numbers.
    Done(Value),
    /// Its hardware contradicts itself, and how.
    Impossible(String),
}

/// The file of a point.
#[derive(Serialize, Deserialize)]
struct Finished {
    schema_version: u32,
    inputs: Value,
    outcome: Outcome,
}

/// Finished points.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// In a folder, which is made if it is not there.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn create(folder: &Path) -> Result<Self, SweepError> {
        let store = Self { folder: folder.to_owned() };
        for part in ["points", "sweeps"] {
            let path = folder.join(part);
            fs::create_dir_all(&path).map_err(|source| SweepError::Io { path, source })?;
        }
        Ok(store)
    }

    /// In a folder of an earlier run.
    ///
    /// # Errors
    /// A folder that is none of a sweep.
    pub fn open(folder: &Path) -> Result<Self, SweepError> {
        match fs::metadata(folder.join("points")) {
            Ok(_) => Ok(Self { folder: folder.to_owned() }),
            Err(source) if source.kind() == ErrorKind::NotFound => {
                Err(SweepError::NoSweep(folder.to_owned()))
            }
            Err(source) => Err(SweepError::Io { path: folder.join("points"), source }),
        }
    }

    /// What came of a point; `None` if it is not finished. A file that does not say what its name says, such as one that was
    /// cut off when the machine lost power, counts as not finished.
    #[must_use]
    pub fn read(&self, key: &Key) -> Option<Outcome> {
        let text = fs::read(self.point(key)).ok()?;
        let finished: Finished = serde_json::from_slice(&text).ok()?;
        let whole = finished.schema_version == SCHEMA && Key::of(&finished.inputs) == *key;
        whole.then_some(finished.outcome)
    }

    /// Keeps what came of a point: whole, or not at all.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn write(&self, key: &Key, inputs: Value, outcome: Outcome) -> Result<(), SweepError> {
        let finished = Finished { schema_version: SCHEMA, inputs, outcome };
        let text = serde_json::to_string(&finished).unwrap_or_default() + "\n";
        self.put(self.point(key), text.as_bytes())
    }

    /// Keeps the text of a sweep, so that its results can be collected by the folder alone.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn remember(&self, name: &str, text: &str) -> Result<PathBuf, SweepError> {
        let path = self.folder.join("sweeps").join(format!("{name}.ron"));
        self.put(path.clone(), text.as_bytes())?;
        Ok(path)
    }

    /// The sweeps that were run, by name.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn sweeps(&self) -> Result<Vec<(String, PathBuf)>, SweepError> {
        let path = self.folder.join("sweeps");
        let entries = fs::read_dir(&path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = entries.map_err(|source| SweepError::Io { path, source })?;
        let mut sweeps: Vec<_> = (entries.into_iter().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|end| end == "ron"))
            .filter_map(|path| Some((path.file_stem()?.to_str()?.to_owned(), path)))
            .collect();
        sweeps.sort();
        Ok(sweeps)
    }

    fn point(&self, key: &Key) -> PathBuf {
        self.folder.join("points").join(format!("{key}.json"))
    }

    fn put(&self, path: PathBuf, text: &[u8]) -> Result<(), SweepError> {
        let put = || {
            let folder = path.parent().unwrap_or(&self.folder);
            let mut file = builder().tempfile_in(folder)?;
            file.write_all(text)?;
            file.persist(&path).map_err(|error| error.error)
        };
        put().map(|_| ()).map_err(|source| SweepError::Io { path: path.clone(), source })
    }
}

/// Temporary files are private; results are for everyone whom the user's umask would allow.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".sieve-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}
