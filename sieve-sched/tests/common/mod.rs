//! The `sieve` command as a user has it, small replays, and what reads their timelines.

pub(crate) mod layers;
pub(crate) mod perfetto;
pub(crate) mod replay;

use std::path::Path;

use assert_cmd::Command;

/// The command with these arguments, in a folder.
pub(crate) fn sieve(folder: &Path, args: &str) -> Command {
    let mut command = Command::cargo_bin("sieve").unwrap();
    command.current_dir(folder).args(args.split_whitespace());
    command
}
