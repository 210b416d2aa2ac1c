//! The table of values against the arguments that there are.

use std::collections::BTreeSet;

use clap::{Arg, Command, CommandFactory};
use sieve_sched::options::names::{VALUES, Values, names_of};
use sieve_sched::presets::{KINDS, kind};

fn arguments(command: &Command) -> Vec<Arg> {
    let below = command.get_subcommands().flat_map(arguments);
    command.get_arguments().cloned().chain(below).collect()
}

/// The name of an argument's value, where it takes one.
fn value(arg: &Arg) -> Option<String> {
    let takes = arg.get_action().takes_values();
    arg.get_value_names().filter(|_| takes).and_then(|names| Some(names.first()?.to_string()))
}

#[test]
fn every_kind_and_every_row_is_of_some_argument() {
    let mut command = crate::Cli::command();
    command.build();
    let used: BTreeSet<String> = arguments(&command).iter().filter_map(value).collect();
    for Values { value, kinds, .. } in VALUES {
        assert!(used.contains(*value), "no argument takes a {value}: {used:?}");
        assert!(kinds.iter().all(|name| kind(name).is_ok()), "{value}: {kinds:?}");
    }
    let all = names_of("PRESET").map(|values| values.kinds.to_vec());
    assert_eq!(all, Some(KINDS.iter().map(|kind| kind.name).collect()));
}

/// Examples of help texts are command lines that the parser takes.
#[test]
fn examples_are_command_lines() {
    let examples = |command: &Command| -> Vec<String> {
        let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        text.lines().skip(1).map(|line| line.trim().replace('\'', "")).collect()
    };
    fn all(command: &Command, of: &dyn Fn(&Command) -> Vec<String>) -> Vec<String> {
        let below = command.get_subcommands().flat_map(|command| all(command, of));
        of(command).into_iter().chain(below).collect()
    }
    let lines = all(&crate::Cli::command(), &examples);
    assert!(lines.len() > 20, "{lines:?}");
    for line in lines {
        // A value may have a space: `dirichlet(shape: 0.042)`.
        let words = line.replace(": ", ":");
        let parsed = crate::Cli::command().try_get_matches_from(words.split_whitespace());
        assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
    }
}

/// Options of one name take values of one name.
#[test]
fn an_option_means_the_same_everywhere() {
    let mut command = crate::Cli::command();
    command.build();
    let all = arguments(&command);
    for name in ["device", "model", "system", "set", "threads", "seed", "synthetic", "method"] {
        let of = all.iter().filter(|arg| arg.get_long() == Some(name));
        let values: BTreeSet<_> = of.map(value).collect();
        assert_eq!(values.len(), 1, "--{name}: {values:?}");
    }
}
