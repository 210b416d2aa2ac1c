//! A results folder that is complete or not there at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use thiserror::Error;

/// The file by which a results folder is known.
const MANIFEST: &str = "manifest.json";

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
    /// Something else is there.
    #[error("{}: exists and holds no {MANIFEST}; only folders of earlier results are replaced", path.display())]
    NotResults {
        /// The folder.
        path: PathBuf,
    },
}

/// Results in a temporary folder beside the final one.
#[derive(Debug)]
pub struct Folder {
    target: PathBuf,
    draft: TempDir,
}

impl Folder {
    /// Begins a folder. Fails before any work is done if the place cannot be written.
    ///
    /// # Errors
    /// The place cannot be written, or holds something other than results.
    pub fn begin(target: &Path) -> Result<Self, FolderError> {
        let io = |source| FolderError::Io { path: target.to_owned(), source };
        let foreign = match fs::read_dir(target) {
            Ok(mut entries) => entries.next().is_some() && !target.join(MANIFEST).is_file(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(io(error)),
        };
        if foreign {
            return Err(FolderError::NotResults { path: target.to_owned() });
        }
        // Parents are made at the end; the draft lies in the nearest that is there.
        let mut above = target.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty());
        let place = above.find(|path| path.exists()).unwrap_or(Path::new("."));
        let draft = tempfile::Builder::new().prefix(".sieve-").tempdir_in(place).map_err(io)?;
        Ok(Self { target: target.to_owned(), draft })
    }

    /// Writes a file.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn write(&self, name: &str, contents: &[u8]) -> Result<(), FolderError> {
        let path = self.draft.path().join(name);
        fs::write(&path, contents)
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
        if self.target.exists() {
            fs::remove_dir_all(&self.target).map_err(io)?;
        }
        let draft = self.draft.keep();
        make_readable(&draft).map_err(io)?;
        fs::rename(&draft, &self.target).map_err(io)
    }
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
            folder.write(MANIFEST, text.as_bytes()).unwrap();
            folder.finish().unwrap();
            assert_eq!(fs::read_to_string(target.join(MANIFEST)).unwrap(), text);
        }
        let foreign = place.path().join("thesis");
        fs::create_dir(&foreign).unwrap();
        fs::write(foreign.join("chapter1"), "").unwrap();
        assert!(matches!(Folder::begin(&foreign), Err(FolderError::NotResults { .. })));
        drop(Folder::begin(&place.path().join("never")).unwrap());
        let left: Vec<_> =
            fs::read_dir(place.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }
}
