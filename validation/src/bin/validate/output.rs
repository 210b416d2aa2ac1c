//! Files that are complete or as they were.

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use validation::report::Page;

/// Dots per inch of figures.
const DPI: u32 = 300;

/// Writes a page of the documentation, and its figures into the folder `figures` beside it.
pub(crate) fn write_page(path: &Path, page: &Page) -> Result<(), Box<dyn Error>> {
    let folder = path.parent().unwrap_or(Path::new("")).join("figures");
    if !page.figures.is_empty() {
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    for (name, svg) in &page.figures {
        let at = folder.join(name);
        // Text as text: hundreds of words as outlines would take most of a megabyte.
        replace(&at.with_extension("svg"), svg.to_string().as_bytes())?;
        replace(&at.with_extension("png"), &svg.png(DPI)?)?;
    }
    write(path, &page.text)
}

/// Writes a page without figures.
pub(crate) fn write(path: &Path, page: &str) -> Result<(), Box<dyn Error>> {
    replace(path, page.as_bytes())
}

/// Fails where a page could not be written in the end, before anything is measured for it.
pub(crate) fn writable(path: Option<&PathBuf>) -> Result<(), Box<dyn Error>> {
    path.map_or(Ok(()), |path| draft(path).map(|_| ()))
}

/// Writes a file by way of a temporary one beside it.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    let (mut file, place) = draft(path)?;
    file.write_all(bytes).map_err(|error| wrong(path, &error))?;
    file.persist(&place).map_err(|error| wrong(path, &error.error))?;
    Ok(())
}

/// The temporary file, and what it is to replace.
fn draft(path: &Path) -> Result<(NamedTempFile, PathBuf), Box<dyn Error>> {
    // What a link points to is replaced, not the link.
    let place = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if place.metadata().is_ok_and(|found| !found.is_file()) {
        return Err(format!("{}: is there and no regular file", path.display()).into());
    }
    let folder = place.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".validate-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let new = std::fs::Permissions::from_mode(0o666);
        builder.permissions(place.metadata().map_or(new, |found| found.permissions()));
    }
    let file = builder.tempfile_in(folder.unwrap_or(Path::new(".")));
    Ok((file.map_err(|error| wrong(path, &error))?, place))
}

fn wrong(path: &Path, error: &io::Error) -> String {
    format!("{}: cannot be written: {error}", path.display())
}
