//! `sieve links`.

mod misfit;
mod time;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use noc::measured::fit::collectives;
use noc::measured::read::{Series, read};
use noc::{Collectives, LinkSpec};
use sieve_sched::config::load;

use self::misfit::Misfits;
use crate::options::{Outcome, print, print_json};
use crate::output::Output;

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fit laws to measured collectives: a line through few points, and latency and bandwidth; with the error of each.
    Fit(Fit),
    /// Compare measured collectives with a link's law of the paper and with other measurements.
    Check(Check),
    /// Print what collectives of given sizes take.
    Time(time::Options),
}

#[derive(Args)]
struct Tables {
    /// Tables (.csv) of NCCL or DeepEP; several are taken together. Columns as in the documentation of links
    #[arg(required = true, value_name = "CSV")]
    tables: Vec<PathBuf>,
    /// Only this kind of GPU (column `dev`)
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Fit {
    #[command(flatten)]
    tables: Tables,
    /// Write the points of one kind of GPU, for `replay --link-law FILE`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where the measurements come from, for that file [default: the names of the tables]
    #[arg(long, value_name = "TEXT", requires = "out")]
    source: Option<String>,
}

#[derive(Args)]
struct Check {
    #[command(flatten)]
    tables: Tables,
    /// Measured collectives to compare with, by preset or .ron file
    #[arg(long, value_name = "NAME", default_value = "b200")]
    collectives: String,
    /// Link whose law of the paper is compared too, by preset or .ron file
    #[arg(long, value_name = "NAME", default_value = "nvlink5")]
    link: String,
}

pub(crate) fn run(options: &Options) -> Outcome {
    match &options.command {
        Command::Fit(options) => fit(options),
        Command::Check(options) => check(options),
        Command::Time(options) => time::run(options),
    }
}

impl Tables {
    fn read(&self) -> Result<Series, Box<dyn Error>> {
        let mut series = Series::new();
        for path in &self.tables {
            let name = path.display().to_string();
            let file = File::open(path).map_err(|e| format!("{name}: cannot be opened: {e}"))?;
            read(&name, BufReader::new(file), &mut series)?;
        }
        let devices = devices(&series);
        if let Some(device) = &self.device {
            series.retain(|key, _| key.device == *device);
            if series.is_empty() {
                return Err(format!("--device {device}: the tables have {}", list(&devices)).into());
            }
        }
        Ok(series)
    }

    fn print(&self, misfits: &Misfits) -> Outcome {
        if self.json { print_json(misfits) } else { print(&misfits.text()) }
    }
}

fn devices(series: &Series) -> BTreeSet<String> {
    series.keys().map(|key| key.device.clone()).collect()
}

fn list(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn fit(options: &Fit) -> Outcome {
    let series = options.tables.read()?;
    let devices = devices(&series);
    let tables = options.tables.tables.iter().map(|path| path.display().to_string());
    let source = options.source.clone().unwrap_or_else(|| tables.collect::<Vec<_>>().join(", "));
    let sources = BTreeMap::from([(String::new(), source)]);
    let fitted: Vec<Collectives> = devices
        .iter()
        .map(|device| collectives(device, device, &series, sources.clone()))
        .collect();
    for collectives in &fitted {
        collectives.check()?;
    }
    match (&options.out, fitted.as_slice()) {
        (Some(path), [one]) => write(path, one)?,
        (Some(path), _) => {
            let name = path.display();
            return Err(format!(
                "--out {name}: a file holds one kind of GPU; choose by --device, the tables have {}",
                list(&devices)
            )
            .into());
        }
        (None, _) => {}
    }
    options.tables.print(&Misfits::new(&series, &fitted, None))
}

fn check(options: &Check) -> Outcome {
    let series = options.tables.read()?;
    let collectives: Collectives =
        load("set of collectives", &options.collectives, noc::measured::PRESETS)?;
    collectives.check()?;
    let link: LinkSpec = load("link", &options.link, noc::PRESETS)?;
    options.tables.print(&Misfits::new(&series, &[collectives], Some(&link)))
}

/// Lists with one table a line.
fn write(path: &std::path::Path, collectives: &Collectives) -> Outcome {
    let pretty = ron::ser::PrettyConfig::default().depth_limit(2).separate_tuple_members(false);
    let text = ron::ser::to_string_pretty(collectives, pretty)?;
    let mut output = Output::create(path)?;
    output.write_all(text.as_bytes())?;
    output.write_all(b"\n")?;
    output.finish()
}
