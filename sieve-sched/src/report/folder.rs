//! A results folder that is complete or not there at all.

use std::cell::OnceCell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use thiserror::Error;

/// The file by which a results folder is known, and what it says.
const MANIFEST: &str = "manifest.json";
const OURS: &str = "\"program\": \"sieve\"";

/// All files of a results folder; `sieve report` adds the last one.
const FILES: [&str; 10] = [
    MANIFEST,
    "summary.json",
    "layers.csv",
    "energy.csv",
    "config.resolved.ron",
    "throughput-interactivity.svg",
    "throughput-interactivity.png",
    "claims.json",
    "claims.csv",
    "report.html",
];

/// A folder that cannot be written.
#[derive(Debug, Error)]
pub enum FolderError {
    /// The file system refused.
    #[error("{}: cannot be written: {source}", path.display())]
    Io {
        /// What was written.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The folder that the program runs in cannot be exchanged.
    #[error("{}: is the current folder; name one inside or beside it", path.display())]
    Current {
        /// The folder.
        path: PathBuf,
    },
    /// Something else is there.
    #[error("{}: exists and holds other things; only folders of earlier results, with nothing added, are replaced", path.display())]
    NotResults {
        /// The folder.
        path: PathBuf,
    },
}

/// Results in a temporary folder beside the final one.
#[derive(Debug)]
pub struct Folder {
    target: PathBuf,
    /// Where the temporary folder lies.
    place: PathBuf,
    /// Made with the first file, so that a run that is interrupted before leaves nothing.
    draft: OnceCell<TempDir>,
}

impl Folder {
    /// Begins a folder. Fails before any work is done if the place cannot be written.
    ///
    /// # Errors
    /// The place cannot be written, or holds something other than results.
    pub fn begin(target: &Path) -> Result<Self, FolderError> {
        let io = |source| FolderError::Io { path: target.to_owned(), source };
        // Of a link the place that is meant.
        let target = &fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        if fs::canonicalize(".").is_ok_and(|current| current == *target) {
            return Err(FolderError::Current { path: target.clone() });
        }
        let may_replace = match fs::read_dir(target) {
            Ok(entries) => replaceable(target, entries).map_err(io)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(error) => return Err(io(error)),
        };
        if !may_replace {
            return Err(FolderError::NotResults { path: target.clone() });
        }
        // Parents are made at the end; the draft lies in the nearest that is there.
        let mut above = target.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty());
        let place = above.find(|path| path.exists()).unwrap_or(Path::new("."));
        let place = place.to_owned();
        drop(temporary(&place).map_err(io)?);
        Ok(Self { target: target.to_owned(), place, draft: OnceCell::new() })
    }

    fn draft(&self) -> io::Result<&Path> {
        let draft = match self.draft.get() {
            Some(draft) => draft,
            None => {
                let made = temporary(&self.place)?;
                self.draft.get_or_init(|| made)
            }
        };
        Ok(draft.path())
    }

    /// Writes a file.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn write(&self, name: &str, contents: &[u8]) -> Result<(), FolderError> {
        (self.draft().and_then(|draft| fs::write(draft.join(name), contents)))
            .map_err(|source| FolderError::Io { path: self.target.join(name), source })
    }

    /// Puts the folder in place of an earlier one.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn finish(self) -> Result<(), FolderError> {
        let io = |source| FolderError::Io { path: self.target.clone(), source };
        if let Some(parent) = self.target.parent() {
            fs::create_dir_all(parent).map_err(io)?;
        }
        let draft = self.draft().map_err(io)?.to_owned();
        make_readable(&draft).map_err(io)?;
        // Earlier results step aside until the new ones are in place.
        let aside = draft.with_extension("old");
        let earlier = self.target.exists();
        if earlier {
            fs::rename(&self.target, &aside).map_err(io)?;
        }
        if let Err(error) = fs::rename(&draft, &self.target) {
            if earlier {
                fs::rename(&aside, &self.target).map_err(io)?;
            }
            return Err(io(error));
        }
        let _ = self.draft.into_inner().map(TempDir::keep);
        if earlier { fs::remove_dir_all(&aside).map_err(io) } else { Ok(()) }
    }
}

fn temporary(place: &Path) -> io::Result<TempDir> {
    tempfile::Builder::new().prefix(".sieve-").tempdir_in(place)
}

/// Whether a folder is empty, or holds earlier results and nothing else.
fn replaceable(folder: &Path, entries: fs::ReadDir) -> io::Result<bool> {
    let mut empty = true;
    for entry in entries {
        empty = false;
        let entry = entry?;
        let known = FILES.iter().any(|name| entry.file_name() == **name);
        if !known || !entry.file_type()?.is_file() {
            return Ok(false);
        }
    }
    Ok(empty || fs::read_to_string(folder.join(MANIFEST)).is_ok_and(|text| text.contains(OURS)))
}

/// Temporary folders are private; results are for everyone whom the user's umask would allow.
#[cfg(unix)]
fn make_readable(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_readable(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_replace_results_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("out");
        for text in ["first", "second"] {
            let folder = Folder::begin(&target).unwrap();
            let manifest = format!("{{{OURS}, \"text\": \"{text}\"}}");
            folder.write(MANIFEST, manifest.as_bytes()).unwrap();
            folder.finish().unwrap();
            assert_eq!(fs::read_to_string(target.join(MANIFEST)).unwrap(), manifest);
        }
        let refused =
            |folder: &Path| matches!(Folder::begin(folder), Err(FolderError::NotResults { .. }));
        // A manifest of another program, and a note among the results.
        let foreign = place.path().join("web");
        fs::create_dir(&foreign).unwrap();
        fs::write(foreign.join(MANIFEST), "{\"name\": \"web app\"}").unwrap();
        assert!(refused(&foreign));
        fs::write(target.join("notes.txt"), "").unwrap();
        assert!(refused(&target));
        drop(Folder::begin(&place.path().join("never")).unwrap());
        let left: Vec<_> =
            fs::read_dir(place.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }
}
