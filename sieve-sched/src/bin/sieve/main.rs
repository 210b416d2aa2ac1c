//! The `sieve` command: replays, single experts, single matrix-vector products, traffic beside them, traces of requests, devices,
//! models, recorded routing, laws, command traces.

mod calibrate;
mod claims;
mod commands;
mod completions;
mod device;
mod dram;
mod expert;
mod explain;
mod figure;
mod gemv;
mod gzip;
mod links;
mod man;
mod model;
#[cfg(test)]
mod names;
mod options;
mod output;
mod placement;
mod presets;
mod replay;
mod report;
mod routing;
mod sweep;
mod timeline;
mod trace;
mod traffic;
mod wide;

use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

/// What identifies the numbers of this program: its version, its presets, and the version of what sweeps keep of points.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let (version, digest) = (env!("CARGO_PKG_VERSION"), sieve_sched::presets::digest());
    format!("{version}\npresets {digest}\npoints of sweeps {}", sieve_sched::sweep::SCHEMA)
});

/// Cycle-accurate processing-in-memory for Mixture-of-Experts serving.
#[derive(Parser)]
#[command(name = "sieve", version, long_version = VERSION.as_str(), arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Replay decode batches of MoE models under each scheduling method.
    Replay(Box<replay::Options>),
    /// Judge the paper's claims by what a replay measured.
    Claims(claims::Options),
    /// Say what holds up the points of a replay, and what would make their steps shorter.
    Explain(explain::Options),
    /// Write a results folder as one HTML page: figures, tables, bottlenecks, claims, configuration.
    Report(report::Options),
    /// Make the figures of the paper, and ours, each from one file.
    Figure(figure::Options),
    /// Time one expert on PIM, with its layout and where the time goes.
    Expert(expert::Options),
    /// Time one matrix-vector product on PIM.
    Gemv(gemv::Options),
    /// Try combinations of a configuration, here or on a cluster; collect and compare them.
    Sweep(sweep::Options),
    /// Time matrix-vector products beside a stream that the host reads from the same channels.
    Traffic(traffic::Options),
    /// Write what ran when, of a replay or a DRAM, as a trace that Perfetto opens.
    Timeline(timeline::Options),
    /// Serve a trace of reads and writes: bandwidth, latency, energy.
    Dram(Box<dram::Options>),
    /// Synthetic routing: against what was published, fitted to other routing, by classic gates.
    Routing(routing::Options),
    /// Recorded routing: sum up, convert, make up.
    Trace(trace::Options),
    /// List the shipped devices, or print one with its commands and timing rules in clocks.
    Device(device::Options),
    /// Fit laws to measurements.
    Calibrate(calibrate::Options),
    /// Collectives between GPUs: what they take, and laws fitted to measured ones.
    Links(links::Options),
    /// Show how evenly experts load their GPUs under placements with and without replicas.
    Placement(placement::Options),
    /// List the shipped models, print one, or import one from Hugging Face.
    Model(model::Options),
    /// Command traces.
    Commands(commands::Options),
    /// List what ships by name, or print one of it with every value, unit and source.
    Presets(presets::Options),
    /// Print the script that completes commands, names and paths in a shell.
    Completions(completions::Options),
    /// Write the manual pages.
    Man(man::Options),
}

/// Exit status for a trace that breaks a rule.
const RULE_BROKEN: u8 = 1;

/// Exit status for input that cannot be used, as clap's own.
const BAD_INPUT: u8 = 2;

/// The command line. `-1` is a number, of which the option says what it may be, and no unknown flag.
fn command() -> clap::Command {
    fn numbers(command: clap::Command) -> clap::Command {
        command.allow_negative_numbers(true).mut_subcommands(numbers)
    }
    numbers(Cli::command())
}

fn main() -> ExitCode {
    completions::answer(command);
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn"))
        .format_timestamp(None)
        .format_target(false)
        .init();
    let cli = Cli::from_arg_matches(&command().get_matches()).unwrap_or_else(|error| error.exit());
    let outcome = match cli.command {
        Command::Replay(options) => replay::run(&options),
        Command::Claims(options) => claims::run(&options),
        Command::Explain(options) => explain::run(&options),
        Command::Report(options) => report::run(&options),
        Command::Figure(options) => figure::run(&options),
        Command::Expert(options) => expert::run(&options),
        Command::Gemv(options) => gemv::run(&options),
        Command::Sweep(options) => sweep::run(&options),
        Command::Traffic(options) => traffic::run(&options),
        Command::Timeline(options) => timeline::run(&options),
        Command::Dram(options) => dram::run(&options),
        Command::Routing(options) => routing::run(&options),
        Command::Trace(options) => trace::run(&options),
        Command::Device(options) => device::run(&options),
        Command::Calibrate(options) => calibrate::run(&options),
        Command::Links(options) => links::run(&options),
        Command::Placement(options) => placement::run(&options),
        Command::Model(options) => model::run(&options),
        Command::Commands(options) => match commands::run(&options) {
            Ok(false) => return ExitCode::from(RULE_BROKEN),
            outcome => outcome.map(|_| ()),
        },
        Command::Presets(options) => presets::run(&options),
        Command::Completions(options) => completions::run(&options),
        Command::Man(options) => man::run(&options, Cli::command()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{error}");
            ExitCode::from(BAD_INPUT)
        }
    }
}
