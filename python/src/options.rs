//! Options from arguments that are written as for the command.

use clap::{Args, Command};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::Error;

/// The options that these arguments stand for, with the defaults and checks of the command.
pub(crate) fn parse<O: Args>(arguments: &[String]) -> Result<O, Error> {
    let command = O::augment_args(Command::new("sieve").no_binary_name(true));
    Ok(O::from_arg_matches(&command.try_get_matches_from(arguments)?)?)
}

/// How many threads.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Threads {
    /// Threads; one for each core if absent
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl Threads {
    pub(crate) fn pool(self) -> Result<ThreadPool, Error> {
        Ok(ThreadPoolBuilder::new().num_threads(self.threads.unwrap_or(0).into()).build()?)
    }
}
