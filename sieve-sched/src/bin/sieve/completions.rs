//! `sieve completions`: the script of a shell, and what the script asks for while a line is typed.
//!
//! The script calls this program, so that names and paths are completed alike in every shell and the names are those of
//! the program that is installed. What an argument may be is told by the name of its value.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Command, ValueEnum};
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use clap_complete::env::{CompleteEnv, Shells};

use crate::options::Outcome;
use sieve_sched::options::names::{Values, names_of};

/// The variable that the script sets to the name of its shell.
const VARIABLE: &str = "SIEVE_COMPLETE";

#[derive(Args)]
pub(crate) struct Options {
    /// Shell that reads the script
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
}

/// Answers a script; nothing if no script asks.
pub(crate) fn answer(command: fn() -> Command) {
    CompleteEnv::with_factory(|| with_values(command())).var(VARIABLE).complete();
}

pub(crate) fn run(options: &Options) -> Outcome {
    let shell = options.shell.to_possible_value();
    let shell = shell.as_ref().map_or("", |value| value.get_name());
    let shells = Shells::builtins();
    let shell = shells.completer(shell).ok_or_else(|| format!("{shell}: no such shell"))?;
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, "sieve", "sieve", &program()?, &mut script)?;
    match std::io::stdout().write_all(&script) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// What the script calls: this program by name if that was how it was found, by its whole path otherwise.
fn program() -> std::io::Result<String> {
    let called = std::env::args_os().next().unwrap_or_else(|| "sieve".into());
    let path = Path::new(&called);
    let whole = if path.components().count() > 1 {
        std::path::absolute(path)?
    } else {
        PathBuf::from(path)
    };
    Ok(whole.to_string_lossy().into_owned())
}

/// The command, where every argument knows how its values are completed.
fn with_values(command: Command) -> Command {
    command.mut_args(with_completer).mut_subcommands(with_values)
}

fn with_completer(arg: clap::Arg) -> clap::Arg {
    let name = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    match name.as_deref().and_then(names_of) {
        Some(values) => arg.add(ArgValueCompleter::new(Completer(values))),
        None => arg,
    }
}

struct Completer(&'static Values);

impl ValueCompleter for Completer {
    fn complete(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        let typed = current.to_string_lossy();
        let names = self.0.names().filter(|name| name.starts_with(&*typed));
        let names: Vec<_> = names.map(CompletionCandidate::new).collect();
        if self.0.files && names.is_empty() {
            PathCompleter::any().complete(current)
        } else {
            names
        }
    }
}
