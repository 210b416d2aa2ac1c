//! `sieve presets`.

mod text;

use std::error::Error;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;
use sieve_sched::config::Assignment;
use sieve_sched::presets::{KINDS, Kind, find, kind};

use crate::options::{Outcome, print, print_json};

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List what ships, by kind, with a line about each
    List(List),
    /// Print every value of a preset with its unit and its source, and what follows from them
    Show(Show),
}

#[derive(Args)]
struct List {
    /// Only this kind [default: all]
    #[arg(value_parser = kinds())]
    kind: Option<String>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Show {
    /// Name of a preset, such as b200-hbm-pim, or path of a .ron file, which needs --kind
    #[arg(value_name = "PRESET")]
    name: String,
    /// Kind, where a name stands for presets of several, or for a file
    #[arg(long, value_parser = kinds())]
    kind: Option<String>,
    /// Change a field first, such as timing.tFAW=30 of a device; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<Assignment>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// A preset in the list.
#[derive(Serialize)]
struct Entry {
    name: &'static str,
    about: String,
}

fn kinds() -> PossibleValuesParser {
    KINDS.iter().map(|kind| kind.name).into()
}

pub(crate) fn run(options: &Options) -> Outcome {
    match &options.command {
        Command::List(options) => list(options),
        Command::Show(options) => show(options),
    }
}

fn list(options: &List) -> Outcome {
    let wanted = |kind: &&Kind| options.kind.as_deref().is_none_or(|name| name == kind.name);
    let entry = |kind: &Kind, name| Ok(Entry { name, about: kind.line(name)? });
    let entries = |kind: &'static Kind| -> Result<_, Box<dyn Error>> {
        Ok((
            kind,
            kind.names()
                .map(|name| entry(kind, name))
                .collect::<Result<Vec<_>, Box<dyn Error>>>()?,
        ))
    };
    let kinds = KINDS.iter().filter(wanted).map(entries).collect::<Result<Vec<_>, _>>()?;
    if !options.json {
        return print(&text::list(&kinds));
    }
    let object = |(kind, presets): &(&Kind, Vec<Entry>)| json!({ "kind": kind.name, "about": kind.about, "presets": presets });
    print_json(&json!({ "kinds": kinds.iter().map(object).collect::<Vec<_>>() }))
}

fn show(options: &Show) -> Outcome {
    let kind = match &options.kind {
        Some(name) => kind(name)?,
        None => find(&options.name)?,
    };
    let shown = kind.show(&options.name, &options.set)?;
    if options.json { print_json(&shown) } else { print(&text::show(kind, &shown)) }
}
