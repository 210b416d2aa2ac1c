//! `sieve explain`.

mod text;

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use pim_dram::similar::Unknown;
use serde_json::json;
use sieve_sched::config::{Config, load};
use sieve_sched::levers::Lever;
use sieve_sched::method::Method;
use sieve_sched::report::{PointSummary, Summary};

use crate::options::{Outcome, pool, print, print_json};

/// Levers that are printed.
const LARGEST: usize = 2;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve explain results/replay\n  sieve explain results/replay --batch 64 --quick"
)]
pub(crate) struct Options {
    /// Results folder of a replay
    #[arg(value_name = "DIR")]
    results: PathBuf,
    /// Model of the point, where the folder has several
    #[arg(long)]
    model: Option<String>,
    /// Batch of the point; without it all points are listed
    #[arg(long)]
    batch: Option<u32>,
    /// Method of the point [default: sieve]
    #[arg(long)]
    method: Option<Method>,
    /// Look for no levers, which takes replays of one step
    #[arg(long)]
    quick: bool,
    /// Threads [default: all cores]; results do not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let results = Summary::read(&options.results)?;
    let method = options.method.or(options.batch.map(|_| Method::Sieve));
    let points = results.choose(options.model.as_deref(), options.batch, method)?;
    let [(model, point)] = points.as_slice() else {
        return match options.batch {
            Some(batch) => Err(format!(
                "--batch {batch}: the folder has it of {}; choose one with --model",
                points.iter().map(|(model, _)| *model).collect::<Vec<_>>().join(", ")
            )
            .into()),
            None if options.json => print_json(&json!({ "points": text::records(&points) })),
            None => print(&text::overview(&points)),
        };
    };
    let levers = if options.quick { None } else { Some(levers(options, model, point)?) };
    if options.json {
        let levers =
            levers.as_ref().map(|(step_us, all)| json!({ "step_us": step_us, "changes": all }));
        return print_json(&json!({ "point": text::record(model, point), "levers": levers }));
    }
    print(&text::point(model, point))?;
    match levers {
        Some((step_us, levers)) => print(&text::levers(step_us, &levers, LARGEST)),
        None => Ok(()),
    }
}

/// Replays the point as it is and with single changes.
fn levers(
    options: &Options,
    model: &str,
    point: &PointSummary,
) -> Result<(f64, Vec<Lever>), Box<dyn Error>> {
    let config = config(&options.results, Some(model))?;
    let bar = ProgressBar::new(Lever::TRIED as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} changes, {eta} left")?);
    let method: Method = point.method.parse()?;
    let pool = pool(options.threads)?;
    let pulled = pool.install(|| Lever::pull(&config, point.batch, method, &|| bar.inc(1)));
    bar.finish_and_clear();
    Ok(pulled?)
}

/// The configuration that a replay left of one of its models.
pub(crate) fn config(results: &Path, model: Option<&str>) -> Result<Config, Box<dyn Error>> {
    let path = results.join("config.resolved.ron");
    let mut configs: Vec<Config> = load("configuration", &path.display().to_string(), &[])?;
    let Some(model) = model else {
        let names: Vec<&str> = configs.iter().map(|config| config.model.name.as_str()).collect();
        if let [_] = names[..] {
            return Ok(configs.remove(0));
        }
        return Err(format!("--model: choose one of {}", names.join(", ")).into());
    };
    let known = configs.iter().map(|config| config.model.name.as_str());
    let unknown = Unknown::new("model", model, known);
    let config = configs.into_iter().find(|config| config.model.name == model);
    config.ok_or_else(|| format!("{}: {unknown}", path.display()).into())
}
