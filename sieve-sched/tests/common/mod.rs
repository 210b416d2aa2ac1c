//! The `sieve` command, for tests that use it as a user does.

use std::path::Path;

use assert_cmd::Command;

/// The command with these arguments, in a folder.
pub(crate) fn sieve(folder: &Path, args: &str) -> Command {
    let mut command = Command::cargo_bin("sieve").unwrap();
    command.current_dir(folder).args(args.split_whitespace());
    command
}
