//! What an argument may be, told by the name of its value: the one table behind shell completion.

use std::fmt::Display;
use std::str::FromStr;

use crate::method::Method;
use crate::presets::kind;
use pim_dram::similar::offer;

/// Values of the arguments whose value has this name in help texts.
pub struct Values {
    /// As in help texts: `--model <MODEL>`.
    pub value: &'static str,
    /// Kinds of presets whose names are values.
    pub kinds: &'static [&'static str],
    /// Words that are values besides.
    pub words: &'static [&'static str],
    /// Whether a path is one too.
    pub files: bool,
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

/// The table.
pub const VALUES: &[Values] = &[
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
#[must_use]
pub fn names_of(value: &str) -> Option<&'static Values> {
    VALUES.iter().find(|values| values.value == value)
}

/// Parses a value, and offers the most similar word where it is none.
pub fn named<T>(value: &'static str) -> impl Fn(&str) -> Result<T, String> + Clone
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
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let presets = self.kinds.iter().filter_map(|name| kind(name).ok());
        let methods = (self.value == METHOD).then(Method::every).into_iter().flatten();
        presets
            .flat_map(|kind| kind.names())
            .chain(methods.map(|method| method.traits().name))
            .chain(self.words.iter().copied())
    }
}
