//! `validate reference`, which writes the reference pages of the book.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use validation::reference::book;

use crate::output::write;

#[derive(Args)]
pub(crate) struct Options {
    /// Root of the checkout whose sources are read
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    sources: PathBuf,
    /// Folder of the pages
    #[arg(long, value_name = "FOLDER", default_value = "docs/src/reference")]
    write_docs: PathBuf,
}

pub(crate) fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let folder = &options.write_docs;
    let pages = book(&options.sources)?;
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    pages.iter().try_for_each(|(name, text)| write(&folder.join(name), text))
}
