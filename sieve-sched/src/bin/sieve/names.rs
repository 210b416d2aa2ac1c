//! What an argument may be, told by the name of its value: the one table behind shell completion.

use std::fmt::Display;
use std::str::FromStr;

use pim_dram::similar::offer;
use sieve_sched::method::Method;
use sieve_sched::presets::kind;

/// Values of the arguments whose value has this name in help texts.
pub(crate) struct Values {
    /// As in help texts: `--model <MODEL>`.
    value: &'static str,
    /// Kinds of presets whose names are values.
    kinds: &'static [&'static str],
    /// Words that are values besides.
    words: &'static [&'static str],
    /// Whether a path is one too.
    pub(crate) files: bool,
}

const fn preset(
    value: &'static str,
    kinds: &'static [&'static str],
    words: &'static [&'static str],
) -> Values {
    Values { value, kinds, words, files: true }
}

const fn words(value: &'static str, words: &'static [&'static str]) -> Values {
    Values { value, kinds: &[], words, files: false }
}

const fn path(value: &'static str) -> Values {
    Values { value, kinds: &[], words: &[], files: true }
}

/// The value whose words are the methods.
const METHOD: &str = "METHOD";

/// What begins the argument of a word.
const ARGUMENT: [char; 3] = ['(', ':', '+'];

const VALUES: &[Values] = &[
    preset("SYSTEM", &["system"], &[]),
    preset("DEVICE", &["device"], &[]),
    preset("MODEL", &["model"], &[]),
    preset("ROUTING", &["routing"], &[]),
    preset("PROMPTS", &["prompts"], &[]),
    preset("GPU", &["gpu"], &[]),
    preset("GPU_LAW", &["gpu-law"], &["roofline", "calibrated"]),
    preset("LINK", &["link"], &[]),
    preset("LINK_LAW", &["collectives"], &["paper", "measured"]),
    preset("COLLECTIVES", &["collectives"], &[]),
    preset("CONTROLLER", &["controller"], &[]),
    preset("MAPPER", &["mapper"], &[]),
    preset("SWEEP", &["sweep"], &[]),
    preset("FIGURE", &["figure"], &["all"]),
    preset(
        "PRESET",
        &[
            "system",
            "device",
            "model",
            "routing",
            "prompts",
            "gpu",
            "gpu-law",
            "link",
            "collectives",
            "runtime",
            "family",
            "controller",
            "mapper",
            "sweep",
            "figure",
        ],
        &[],
    ),
    words(METHOD, &[]),
    words("ACTIVATION", &["per_bank", "ganged(", "all_bank"]),
    words("REFRESH", &["none", "all_bank", "per_bank", "same_bank"]),
    words("ARBITRATION", &["pim-first", "host-first", "batched:"]),
    words("ORDER", &["no-reuse", "reuse-gb:", "output-stationary", "row-open"]),
    words("PLACEMENT", &["contiguous", "permuted", "balanced", "balanced+"]),
    words("TRACE_FORMAT", &["npz", "npy", "csv", "jsonl", "parquet"]),
    words("KV_PLACEMENT", &["block", "request"]),
    words("POLICY", &["fr-fcfs", "fr-fcfs-row-hit", "open", "closed-cap:"]),
    words("LENGTHS", &["constant(", "lognormal(", "weibull(", "file("]),
    path("FILE"),
    path("DIR"),
];

/// The values of arguments whose value has this name, if any are known.
pub(crate) fn names_of(value: &str) -> Option<&'static Values> {
    VALUES.iter().find(|values| values.value == value)
}

/// Parses a value, and offers the most similar word where it is none.
pub(crate) fn named<T>(value: &'static str) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: FromStr<Err: Display> + 'static,
{
    move |text| {
        text.parse().map_err(|error: T::Err| {
            // `balanced+` stands for `balanced+2`.
            let stem = |text: &'static str| text.trim_end_matches(ARGUMENT);
            let known = names_of(value).into_iter().flat_map(Values::names).map(stem);
            let known: Vec<&str> = known.collect();
            let name = text.split(ARGUMENT).next().unwrap_or_default();
            let offer = if known.contains(&name) { String::new() } else { offer(name, known) };
            format!("{error}{offer}")
        })
    }
}

impl Values {
    /// All names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        let presets = self.kinds.iter().filter_map(|name| kind(name).ok());
        let methods = (self.value == METHOD).then(Method::every).into_iter().flatten();
        presets
            .flat_map(|kind| kind.names())
            .chain(methods.map(|method| method.traits().name))
            .chain(self.words.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::{Arg, Command, CommandFactory};
    use sieve_sched::presets::KINDS;

    use super::*;

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
}
