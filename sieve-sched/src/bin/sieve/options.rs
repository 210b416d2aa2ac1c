//! Options that several commands share.

use std::error::Error;
use std::io::Write;

use rayon::{ThreadPool, ThreadPoolBuilder};
use serde::Serialize;
pub(crate) use sieve_sched::options::{Changes, DeviceOptions};

/// What a command ends with.
pub(crate) type Outcome = Result<(), Box<dyn Error>>;

/// So many threads, or one for each core.
pub(crate) fn pool(threads: Option<u16>) -> Result<ThreadPool, Box<dyn Error>> {
    Ok(ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0).into()).build()?)
}

/// Prints one JSON object and nothing else.
pub(crate) fn print_json(value: &impl Serialize) -> Outcome {
    print(&serde_json::to_string_pretty(value)?)
}

/// Prints a text; a reader that went away is no error.
pub(crate) fn print(text: &str) -> Outcome {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
