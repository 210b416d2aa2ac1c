//! `validate quirks`.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use validation::quirks::Waterfall;
use validation::report;

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
    let waterfalls = Waterfall::all()?;
    let page = report::quirks(&waterfalls);
    if let Some(path) = &options.write_docs {
        write(path, &page)?;
    }
    if options.json {
        print(&serde_json::to_string_pretty(&serde_json::json!({ "quirks": waterfalls }))?)?;
    } else if options.write_docs.is_none() {
        print(&page)?;
    }
    Ok(())
}
