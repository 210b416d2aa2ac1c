//! Files that are complete or not there at all.

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// A file in the making: a temporary one beside it, renamed in the end.
pub(crate) struct Output {
    file: NamedTempFile,
    path: PathBuf,
    /// As the user wrote it.
    name: String,
}

impl Output {
    /// Fails at once where the file cannot be written in the end.
    pub(crate) fn create(path: &Path) -> Result<Self, Box<dyn Error>> {
        let name = path.display().to_string();
        if path == Path::new("-") {
            return Err("-: give the name of a file; `--json` prints to standard output".into());
        }
        // What a link points to is replaced, not the link.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if path.metadata().is_ok_and(|found| !found.is_file()) {
            return Err(format!("{name}: is there and no regular file").into());
        }
        let folder =
            path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = builder(&path).tempfile_in(folder).map_err(|error| unwritable(&name, &error))?;
        Ok(Self { file, path, name })
    }

    /// The same where the command reads files: none of them is replaced by what is made of it.
    pub(crate) fn apart_from(inputs: &[&Path], path: &Path) -> Result<Self, Box<dyn Error>> {
        keep(inputs, path)?;
        Self::create(path)
    }

    /// Writes a text and puts the file in its place.
    pub(crate) fn write_text(mut self, text: &str) -> Result<(), Box<dyn Error>> {
        self.file.write_all(text.as_bytes()).map_err(|error| unwritable(&self.name, &error))?;
        self.finish()
    }

    /// Puts the file in its place.
    pub(crate) fn finish(self) -> Result<(), Box<dyn Error>> {
        let Self { file, path, name } = self;
        file.persist(path).map_err(|error| unwritable(&name, &error.error))?;
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Refuses an output that is one of the inputs.
pub(crate) fn keep(inputs: &[&Path], output: &Path) -> Result<(), Box<dyn Error>> {
    let Ok(place) = output.canonicalize() else { return Ok(()) };
    if inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == place)) {
        return Err(format!(
            "{}: is read by this command; give what is written another name",
            output.display()
        )
        .into());
    }
    Ok(())
}

fn unwritable(name: &str, error: &io::Error) -> Box<dyn Error> {
    let says = match error.kind() {
        io::ErrorKind::NotFound => "its folder does not exist".to_owned(),
        kind => kind.to_string(),
    };
    format!("{name}: cannot be written: {says}").into()
}

/// With the permissions of the file that is replaced, or those of any new file.
fn builder(path: &Path) -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(".sieve-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let new = std::fs::Permissions::from_mode(0o666);
        builder.permissions(path.metadata().map_or(new, |found| found.permissions()));
    }
    builder
}
