//! `sieve sweep`.

mod merge;
mod pareto;
mod run;
mod slurm;
mod status;
mod submit;

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use pim_dram::similar::offer;
use sieve_sched::sweep::Store;

use crate::options::Outcome;

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Compute the points of a sweep that are not finished yet
    Run(run::Options),
    /// Send a sweep to a cluster as a job array; again, to send what failed
    Submit(submit::Options),
    /// How much of each sweep in a folder is finished
    Status(status::Options),
    /// Collect the results of a sweep into one table
    Merge(merge::Options),
    /// The rows of a table that no other row beats in all metrics
    Pareto(pareto::Options),
}

pub(crate) fn run(options: &Options) -> Outcome {
    match &options.command {
        Command::Run(options) => run::run(options),
        Command::Submit(options) => submit::run(options),
        Command::Status(options) => status::run(options),
        Command::Merge(options) => merge::run(options),
        Command::Pareto(options) => pareto::run(options),
    }
}

/// The sweep of that name in a folder, or its only one.
fn remembered(
    store: &Store,
    folder: &Path,
    name: Option<&str>,
) -> Result<(String, PathBuf), Box<dyn Error>> {
    let mut sweeps = store.sweeps()?;
    let names = || sweeps.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let found = match name {
        Some(name) => sweeps.iter().position(|(known, _)| known == name),
        None if sweeps.len() == 1 => Some(0),
        None => None,
    };
    match found {
        Some(at) => Ok(sweeps.swap_remove(at)),
        None => {
            let known = sweeps.iter().map(|(name, _)| name.as_str());
            let (folder, offer) = (folder.display(), name.map(|name| offer(name, known)));
            let offer = offer.unwrap_or_default();
            Err(format!("{folder}: holds the sweeps {}; name one by --sweep{offer}", names())
                .into())
        }
    }
}

/// Rows for people, numbers to the right.
fn text(header: &[impl AsRef<str>], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.iter().map(AsRef::as_ref)).add_rows(rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}
