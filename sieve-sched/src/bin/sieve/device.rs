//! `sieve device`: the shipped devices, or one of them as a table of commands and rules.

mod report;
mod text;

use std::error::Error;

use clap::Args;
use pim_dram::device::{Device, Dram};
use pim_dram::spec::{DERIVED, Derived, PRESETS};
use sieve_sched::config::{apply, load, load_device};

use self::report::{Entry, Report};
use crate::options::{Changes, Outcome, print, print_json};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve device\n  sieve device --device sieve-hbm3e --set timing.tWR=40"
)]
pub(crate) struct Options {
    /// Device preset, or path of a .ron file [default: list the presets]
    #[arg(long)]
    device: Option<String>,
    #[command(flatten)]
    changes: Changes,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let changes = options.changes.assignments();
    let Some(name) = &options.device else {
        if let Some(change) = changes.first() {
            return Err(format!("--set {}: name the device with --device", change.path).into());
        }
        let entries = list()?;
        return if options.json {
            print_json(&serde_json::json!({ "devices": entries }))
        } else {
            print(&text::list(&entries))
        };
    };
    let spec = apply(&load_device(name)?, &changes)?;
    // Units have a say in whether the device works at all.
    let device = spec.pim.map(|_| Device::new(&spec)).transpose()?;
    let report = Report::new(&Dram::new(&spec)?, device.as_ref(), based_on(name)?)?;
    if options.json { print_json(&report) } else { print(&text::report(&report)) }
}

/// The shipped devices, whole ones first.
fn list() -> Result<Vec<Entry>, Box<dyn Error>> {
    let entry = |&(name, _): &(&str, &str)| Entry::new(&load_device(name)?, based_on(name)?);
    PRESETS.iter().chain(DERIVED).map(entry).collect()
}

/// What a derived preset departs from.
fn based_on(name: &str) -> Result<Option<String>, Box<dyn Error>> {
    if DERIVED.iter().all(|(known, _)| *known != name) {
        return Ok(None);
    }
    let derived: Derived = load("device", name, DERIVED)?;
    Ok(Some(derived.based_on))
}
