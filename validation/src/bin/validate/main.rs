//! The `validate` command: published figures against the model's.

mod audit;
mod optimality;
mod output;
mod pages;
mod peer;
mod reference;
mod study;

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use validation::balance::Balance;
use validation::claim::Claim;
use validation::laws::Laws;
use validation::parts::Parts;
use validation::report::{json, page, table};
use validation::sensitivity::Sensitivity;
use validation::{run, select};

use self::output::{writable, write_page};

/// Compare published figures with what the model gives.
///
/// Exit status: 0 when every enforced claim holds and every known gap is still there, 1 otherwise, 2 for input that cannot be
/// used.
#[derive(Parser)]
#[command(name = "validate", version, args_conflicts_with_subcommands = true)]
struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    claims: Claims,
}

#[derive(Subcommand)]
enum Command {
    /// Run another simulator's product on our engine, with its deviations, and print its cycles
    Peer(peer::Options),
    /// Issue random products on every device and have the independent checker see each command
    Audit(audit::Options),
    /// What each deviation of the other simulators is worth, against the strict devices
    Quirks(pages::QuirksOptions),
    /// What products and a stream of the host cost each other on one channel
    Traffic(pages::Options),
    /// Newton's own experiment: layers, one measure after the other, banks and batches against an ideal host
    Newton(pages::Options),
    /// How comparisons of methods change with routing and with measured laws of GPU and links
    Laws(study::Options),
    /// How comparisons of methods change with every parameter that is not known well
    Sensitivity(study::Options),
    /// What placements of experts on GPUs change, and how long GPUs wait for the slowest
    Balance(study::Options),
    /// What each part of Sieve+ gains over Sieve, and all of it over the best other method
    Parts(study::Options),
    /// How far Sieve is from the best partition of every layer, by simulated time
    Optimality(optimality::Options),
    /// Write the pages of every field of every file and of every figure, from the doc comments of the sources
    Reference(reference::Options),
}

/// What the command without a sub-command does.
#[derive(Args)]
struct Claims {
    /// Claims, by id or by the start of it, separated by commas [default: all]
    #[arg(long, value_delimiter = ',', value_name = "ID")]
    only: Vec<String>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
    /// Write the page of the documentation that lists all claims, and its figure into the folder `figures` beside it
    #[arg(long, value_name = "PATH", conflicts_with = "only")]
    write_docs: Option<PathBuf>,
}

/// Exit status for input that cannot be used, as clap's own.
const BAD_INPUT: u8 = 2;

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn"))
        .format_timestamp(None)
        .format_target(false)
        .init();
    let options = Options::parse();
    let outcome = match &options.command {
        Some(Command::Peer(options)) => peer::run(options).map(|()| true),
        Some(Command::Audit(options)) => audit::run(options),
        Some(Command::Quirks(options)) => pages::quirks(options).map(|()| true),
        Some(Command::Traffic(options)) => pages::traffic(options).map(|()| true),
        Some(Command::Newton(options)) => pages::newton(options).map(|()| true),
        Some(Command::Laws(options)) => study::run(Laws::shipped(), options),
        Some(Command::Sensitivity(options)) => study::run(Sensitivity::shipped(), options),
        Some(Command::Balance(options)) => study::run(Balance::shipped(), options),
        Some(Command::Parts(options)) => study::run(Parts::shipped(), options),
        Some(Command::Optimality(options)) => optimality::run(options),
        Some(Command::Reference(options)) => reference::run(options).map(|()| true),
        None => validate(&options.claims),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            log::error!("{error}");
            ExitCode::from(BAD_INPUT)
        }
    }
}

/// Whether nothing failed.
fn validate(options: &Claims) -> Result<bool, Box<dyn Error>> {
    writable(options.write_docs.as_ref())?;
    let claims = Claim::shipped()?;
    let chosen = select(&claims, &options.only)?;
    // Draws on standard error, and only on a terminal.
    let bar = ProgressBar::new(chosen.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} claims")?);
    let outcomes = run(&chosen, &|| bar.inc(1));
    bar.finish_and_clear();
    let outcomes = outcomes?;
    if let Some(path) = &options.write_docs {
        write_page(path, &page(&outcomes)?)?;
    }
    if options.json {
        print(&serde_json::to_string_pretty(&json(&outcomes))?)?;
    } else {
        print(&table(&outcomes))?;
    }
    Ok(!outcomes.iter().any(|outcome| outcome.verdict.fails()))
}

/// Prints a line; a reader that went away is no error.
fn print(text: &str) -> io::Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}
