//! `validate traffic`.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use validation::report;
use validation::traffic::Case;

use crate::{print, write};

#[derive(Args)]
pub(crate) struct Options {
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
    /// Write the page of the documentation
    #[arg(long, value_name = "PATH")]
    write_docs: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let cases = Case::all()?;
    let page = report::traffic(&cases);
    if let Some(path) = &options.write_docs {
        write(path, &page)?;
    }
    if options.json {
        print(&serde_json::to_string_pretty(&report::traffic_json(&cases))?)?;
    } else if options.write_docs.is_none() {
        print(&page)?;
    }
    Ok(())
}
