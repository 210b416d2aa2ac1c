//! `sieve timeline`.

mod dram;
mod replay;
mod sample;
mod write;

use clap::{Args, Subcommand};

use crate::options::Outcome;

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show a step of a replay: kernels, HBM, PIM, links and scheduler of every GPU, and what waits for what.
    Replay(Box<replay::Options>),
    /// Show one command channel of a DRAM: command buses, data buses, PIM units and the rows of every bank.
    Dram(Box<dram::Options>),
}

pub(crate) fn run(options: &Options) -> Outcome {
    match &options.command {
        Command::Replay(options) => replay::run(options),
        Command::Dram(options) => dram::run(options),
    }
}
