//! `sieve report`.

use std::path::PathBuf;

use clap::Args;
use sieve_sched::report::page;

use crate::options::{Outcome, print};
use crate::output::Output;

#[derive(Args)]
pub(crate) struct Options {
    /// Results folder of a replay
    results: PathBuf,
    /// The page [default: report.html in the results folder]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let text = page(&options.results)?;
    let out = options.out.clone().unwrap_or_else(|| options.results.join("report.html"));
    Output::create(&out)?.write_text(&text)?;
    print(&out.display().to_string())
}
