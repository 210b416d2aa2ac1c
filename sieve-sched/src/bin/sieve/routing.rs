//! `sieve routing`: synthetic routing against what was published, fits of its laws, classic gates.

mod fit;
mod gate;
mod table;

use clap::{Args, Subcommand};
use workloads::fit::Statistic;

use crate::options::Outcome;

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Published shares beside those of the routing presets.
    Table(table::Options),
    /// Fit a law of expert popularity to published shares, to a table or to a trace.
    Fit(fit::Options),
    /// Route a batch by a classic gate: loads, drops, auxiliary loss.
    Gate(gate::Options),
}

pub(crate) fn run(options: &Options) -> Outcome {
    match &options.command {
        Command::Table(options) => table::run(options),
        Command::Fit(options) => fit::run(options),
        Command::Gate(options) => gate::run(options),
    }
}

fn name(statistic: Statistic) -> &'static str {
    match statistic {
        Statistic::Activated => "activated",
        Statistic::OneToken => "1 token",
        Statistic::UpToFour => "1 to 4 tokens",
    }
}
