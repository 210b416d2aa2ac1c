//! `validate quirks`, `traffic` and `newton`, each of which writes a page of the documentation.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::json;
use validation::quirks::Waterfall;
use validation::report;
use validation::traffic::Case;

use crate::output::{writable, write};
use crate::print;

#[derive(Args)]
pub(crate) struct Options {
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
    /// Write the page of the documentation
    #[arg(long, value_name = "PATH")]
    write_docs: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct QuirksOptions {
    #[command(flatten)]
    page: Options,
    /// Write the table that the figure `quirks` of `sieve figure` is drawn from
    #[arg(long, value_name = "FILE")]
    write_data: Option<PathBuf>,
}

pub(crate) fn quirks(options: &QuirksOptions) -> Result<(), Box<dyn Error>> {
    writable(options.page.write_docs.as_ref())?;
    writable(options.write_data.as_ref())?;
    let waterfalls = Waterfall::all()?;
    if let Some(path) = &options.write_data {
        write(path, &report::quirks_table(&waterfalls)?)?;
    }
    show(&options.page, &report::quirks(&waterfalls), &json!({ "quirks": waterfalls }))
}

pub(crate) fn traffic(options: &Options) -> Result<(), Box<dyn Error>> {
    writable(options.write_docs.as_ref())?;
    let cases = Case::all()?;
    show(options, &report::traffic(&cases), &report::traffic_json(&cases))
}

pub(crate) fn newton(options: &Options) -> Result<(), Box<dyn Error>> {
    writable(options.write_docs.as_ref())?;
    let newton = report::Newton::measure()?;
    show(options, &newton.page(), &newton.json())
}

/// Writes the page where it was asked for, and prints it or the same as JSON.
fn show(options: &Options, page: &str, json: &impl Serialize) -> Result<(), Box<dyn Error>> {
    if let Some(path) = &options.write_docs {
        write(path, page)?;
    }
    if options.json {
        print(&serde_json::to_string_pretty(json)?)?;
    } else if options.write_docs.is_none() {
        print(page)?;
    }
    Ok(())
}
