//! `sieve links`.

mod misfit;
mod time;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use noc::measured::PRESETS;
use noc::measured::fit::collectives;
use noc::measured::read::{Series, read};
use noc::{Collectives, IdealLink, LinkSpec};
use pim_dram::similar::Unknown;
use sieve_sched::config::load;

use self::misfit::Misfits;
use crate::options::{Outcome, print, print_json};
use crate::output::{Output, keep};

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
    #[arg(required = true, value_name = "FILE")]
    tables: Vec<PathBuf>,
    /// Only this kind of GPU, such as b200 (column `dev`)
    #[arg(long, alias = "device", value_name = "NAME")]
    gpu: Option<String>,
    /// Print one JSON object and nothing else
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
    /// Measured collectives to compare with, by preset or .ron file [default: presets named as the devices]
    #[arg(long, value_name = "COLLECTIVES")]
    collectives: Option<String>,
    /// Link whose law of the paper is compared too, by preset or .ron file
    #[arg(long, value_name = "LINK", default_value = "nvlink5")]
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
        if let Some(gpu) = &self.gpu {
            series.retain(|key, _| key.device == *gpu);
            if series.is_empty() {
                let unknown = Unknown::new("GPU", gpu, devices.iter().map(String::as_str));
                return Err(format!("--gpu: {unknown}").into());
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
    let inputs: Vec<&Path> = options.tables.tables.iter().map(PathBuf::as_path).collect();
    options.out.as_deref().map_or(Ok(()), |out| keep(&inputs, out))?;
    let series = options.tables.read()?;
    let devices = devices(&series);
    let tables = options.tables.tables.iter().map(|path| path.display().to_string());
    let source = options.source.clone().unwrap_or_else(|| tables.collect::<Vec<_>>().join(", "));
    let sources = BTreeMap::from([(String::new(), source)]);
    let mut fitted = BTreeMap::new();
    for device in &devices {
        let law = collectives(device, device, &series, sources.clone());
        law.check()?;
        fitted.insert(device.clone(), law);
    }
    if let Some(path) = &options.out {
        let mut laws = fitted.values();
        let (Some(only), None) = (laws.next(), laws.next()) else {
            return Err(format!(
                "--out {}: a file holds one kind of GPU; choose by --gpu, the tables have {}",
                path.display(),
                list(&devices)
            )
            .into());
        };
        let missing = only.missing();
        if !missing.is_empty() {
            return Err(format!(
                "--out {}: replays need all four collectives of NCCL; the tables lack {}",
                path.display(),
                missing.join(", ")
            )
            .into());
        }
        write(path, only)?;
    }
    options.tables.print(&Misfits::new(&series, &fitted, None))
}

fn check(options: &Check) -> Outcome {
    let series = options.tables.read()?;
    let mut laws = BTreeMap::new();
    for device in devices(&series) {
        let shipped = PRESETS.iter().any(|(name, _)| *name == device);
        let name = options.collectives.as_ref().or(shipped.then_some(&device));
        if let Some(name) = name {
            let law: Collectives = load("set of collectives", name, PRESETS)?;
            law.check()?;
            laws.insert(device, law);
        }
    }
    let link: LinkSpec = load("link", &options.link, noc::PRESETS)?;
    let link = IdealLink::new(&link)?;
    options.tables.print(&Misfits::new(&series, &laws, Some(link)))
}

/// Lists with one table a line.
fn write(path: &Path, collectives: &Collectives) -> Outcome {
    let pretty = ron::ser::PrettyConfig::default().depth_limit(2).separate_tuple_members(false);
    let text = ron::ser::to_string_pretty(collectives, pretty)?;
    Output::create(path)?.write_text(&(text + "\n"))
}
