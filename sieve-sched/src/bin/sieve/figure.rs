//! `sieve figure`.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use comfy_table::{Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use sieve_sched::figure::{Made, Replayed, SPECS, Spec};

use crate::options::{Outcome, pool, print, print_json};
use crate::output::Output;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve figure --list\n  sieve figure fig1 fig5 --out figures\n  sieve figure all"
)]
pub(crate) struct Options {
    /// Figures, such as fig9 (`--list` has them), paths of .ron files, or `all`
    #[arg(value_name = "FIGURE", required_unless_present = "list")]
    figures: Vec<String>,
    /// Folder for FIGURE.svg, FIGURE.pdf, FIGURE.png and FIGURE.csv; made if it is not there
    #[arg(long, value_name = "DIR", default_value = "results/figures")]
    out: PathBuf,
    /// List the shipped figures instead of making any
    #[arg(long, conflicts_with_all = ["figures", "out"])]
    list: bool,
    /// Pixels per printed inch of the PNG files, 36 to 1200
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(36..=1200))]
    dpi: u32,
    /// Threads [default: all cores]; results do not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// A figure, and the files that it became.
#[derive(Serialize)]
struct Entry {
    /// Its name.
    id: String,
    /// Title.
    title: String,
    /// What to know when reading it.
    caption: String,
    /// What it stands beside: a figure of a paper, or ours.
    source: String,
    /// Files that were written; absent with `--list`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Outcome {
    if options.list {
        return list(options.json);
    }
    let specs = specs(&options.figures)?;
    std::fs::create_dir_all(&options.out)
        .map_err(|error| format!("{}: cannot be made: {error}", options.out.display()))?;
    let pool = pool(options.threads)?;
    let work: usize = specs.iter().map(|spec| spec.points() + 1).sum();
    let bar = ProgressBar::new(work as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}, {eta} left")?);
    let mut replayed = Replayed::default();
    let mut entries = Vec::new();
    for spec in specs {
        bar.set_message(spec.id.clone());
        let made = pool.install(|| spec.make(&mut replayed, &|| bar.inc(1)));
        let made = made.map_err(|error| format!("figure `{}`: {error}", spec.id))?;
        let files = write(&spec, &made, options)?;
        entries.push(Entry::new(spec, files));
        bar.inc(1);
    }
    bar.finish_and_clear();
    if options.json {
        return print_json(&serde_json::json!({ "figures": entries }));
    }
    let width = entries.iter().map(|entry| entry.id.len()).max().unwrap_or(0);
    for Entry { id, title, .. } in &entries {
        print(&format!("{id:width$}  {title}"))?;
    }
    print(&format!("each as .svg, .pdf, .png and .csv in {}", options.out.display()))
}

/// All that are asked for, each name of files once.
fn specs(names: &[String]) -> Result<Vec<Spec>, Box<dyn Error>> {
    let all = || SPECS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let of = |name: &String| if name == "all" { all() } else { vec![name.clone()] };
    let names: Vec<String> = names.iter().flat_map(of).collect();
    let specs = names.iter().map(|name| Spec::load(name)).collect::<Result<Vec<_>, _>>()?;
    let twice = (1..specs.len()).find(|&n| specs[..n].iter().any(|spec| spec.id == specs[n].id));
    match twice {
        Some(n) => Err(format!("figure `{}` stands there twice", specs[n].id).into()),
        None => Ok(specs),
    }
}

/// Writes all files of a figure, or none if one of them cannot be.
fn write(spec: &Spec, made: &Made, options: &Options) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let contents = [
        ("svg", made.svg.outlined()?.into_bytes()),
        ("pdf", made.svg.pdf(&spec.title)?),
        ("png", made.svg.png(options.dpi)?),
        ("csv", made.csv.clone().into_bytes()),
    ];
    let mut drafts = Vec::new();
    for (extension, bytes) in contents {
        let path = options.out.join(format!("{}.{extension}", spec.id));
        drafts.push((draft(&path, &bytes)?, path));
    }
    let finish = |(output, path): (Output, PathBuf)| output.finish().map(|()| path);
    drafts.into_iter().map(finish).collect()
}

fn draft(path: &Path, bytes: &[u8]) -> Result<Output, Box<dyn Error>> {
    let mut output = Output::create(path)?;
    let written = output.write_all(bytes);
    written.map_err(|error| format!("{}: cannot be written: {error}", path.display()))?;
    Ok(output)
}

fn list(json: bool) -> Outcome {
    let load = |(name, _): &(&str, &str)| Spec::load(name);
    let specs = SPECS.iter().map(load).collect::<Result<Vec<_>, _>>()?;
    let entries: Vec<Entry> = specs.into_iter().map(|spec| Entry::new(spec, Vec::new())).collect();
    if json {
        return print_json(&serde_json::json!({ "figures": entries }));
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(["figure", "shows", "beside"]);
    table.add_rows(entries.iter().map(|e| [e.id.clone(), e.title.clone(), e.source.clone()]));
    print(&table.to_string())
}

impl Entry {
    fn new(spec: Spec, files: Vec<PathBuf>) -> Self {
        let Spec { id, title, caption, source, .. } = spec;
        Self { id, title, caption, source, files }
    }
}
