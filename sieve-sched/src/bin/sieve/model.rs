//! `sieve model`: the shipped models, one of them in full, and models from the files of Hugging Face.

mod report;
mod text;

use std::error::Error;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use ron::ser::PrettyConfig;
use serde_json::json;
use sieve_sched::config::{Assignment, apply, load};
use workloads::ModelSpec;
use workloads::model::PRESETS;
use workloads::model::import::import as from_config;

use self::report::{Entry, Report};
use crate::options::{Outcome, print, print_json};
use crate::output::Output;

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the shipped models.
    List(List),
    /// Print a model: parameters, bytes, cache, layers by kind, sources.
    Show(Show),
    /// Turn a config.json of Hugging Face into a model file.
    Import(Import),
}

#[derive(Args)]
struct List {
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Show {
    /// Model preset, or path of a .ron file
    model: String,
    /// Change a field of the model, such as experts.weights=mxfp4; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<Assignment>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Import {
    /// Configuration of a model of Hugging Face, as JSON
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Name of the model in reports [default: its model_type]
    #[arg(long)]
    name: Option<String>,
    /// Write the model to this file and print what it is, instead of printing the file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object, what the written model is, and nothing else
    #[arg(long, requires = "out")]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Outcome {
    match &options.command {
        Command::List(options) => list(options),
        Command::Show(options) => show(options),
        Command::Import(options) => import(options),
    }
}

fn list(options: &List) -> Outcome {
    let models = PRESETS
        .iter()
        .map(|(name, _)| Ok(Entry::new(&ModelSpec::preset(name)?)))
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    if options.json {
        print_json(&json!({ "models": models }))
    } else {
        print(&text::list(&models))
    }
}

fn show(options: &Show) -> Outcome {
    let model: ModelSpec = load("model", &options.model, PRESETS)?;
    let model = apply(&model, &options.set)?;
    model.check().map_err(|error| format!("model `{}`: {error}", model.name))?;
    tell(&model, options.json)
}

fn import(options: &Import) -> Outcome {
    let file = options.file.display();
    let text = std::fs::read_to_string(&options.file)
        .map_err(|error| format!("{file}: cannot be read: {error}"))?;
    let model = from_config(&text, &file.to_string(), options.name.as_deref())?;
    let ron = ron::ser::to_string_pretty(&model, PrettyConfig::default())?;
    match &options.out {
        None => print(&ron),
        Some(path) => {
            Output::apart_from(&[&options.file], path)?.write_text(&(ron + "\n"))?;
            tell(&model, options.json)
        }
    }
}

fn tell(model: &ModelSpec, json: bool) -> Outcome {
    let report = Report::new(model);
    if json { print_json(&report) } else { print(&text::report(&report)) }
}
