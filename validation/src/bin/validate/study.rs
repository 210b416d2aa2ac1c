//! `validate sensitivity`, `balance`, `laws` and `parts`: pages made of data that replays take minutes to give.

use std::error::Error;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use validation::study::{Case, Study, StudyError, Table, check, measure, missing};

use crate::output::{replace, writable, write_page};
use crate::print;

#[derive(Args)]
pub(crate) struct Options {
    /// Results of the replays, CSV
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Replay what the data lacks or has of other inputs, and keep it there; may be stopped and taken up again
    #[arg(long)]
    measure: bool,
    /// With --measure: forget the data first, as after a change of the program
    #[arg(long, requires = "measure")]
    afresh: bool,
    /// Replay so many results again, evenly spread, and fail if the data has others
    #[arg(long, value_name = "N", conflicts_with = "measure", value_parser = clap::value_parser!(u32).range(1..))]
    check_sample: Option<u32>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
    /// Write the page of the documentation, and its figures into the folder `figures` beside it
    #[arg(long, value_name = "PATH")]
    write_docs: Option<PathBuf>,
}

/// Whether the sample agreed.
pub(crate) fn run<S: Study>(
    study: Result<S, StudyError>,
    options: &Options,
) -> Result<bool, Box<dyn Error>> {
    writable(options.write_docs.as_ref())?;
    let study = study?;
    let cases = study.cases();
    if options.measure {
        measure_missing(cases, options)?;
    }
    let table = read(&options.data)?;
    let page = study.page(&table).map_err(|error| in_file(&options.data, &error))?;
    if let Some(path) = &options.write_docs {
        write_page(path, &page)?;
    }
    if options.json {
        print(&serde_json::to_string_pretty(&json!({ "rows": table.rows() }))?)?;
    }
    if let Some(sample) = options.check_sample {
        let differences = check(cases, &table, sample as usize)?;
        for difference in &differences {
            log::error!("{difference}");
        }
        return Ok(differences.is_empty());
    }
    if !(options.json || options.measure || options.write_docs.is_some()) {
        print(&page.text)?;
    }
    Ok(true)
}

/// Replays what is missing; after every case the file holds all that there is.
fn measure_missing(cases: &[Case], options: &Options) -> Result<(), Box<dyn Error>> {
    let path = &options.data;
    let known = match fs::metadata(path) {
        Ok(_) if !options.afresh => read(path)?,
        _ => Table::default(),
    };
    // Rows of cases that there are no longer go; a file that cannot be written is found out at once.
    let known = known.with(&[], cases);
    replace(path, known.text()?.as_bytes())?;
    let todo = missing(cases, &known);
    // Draws on standard error, and only on a terminal.
    let bar = ProgressBar::new(todo.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} cases, {eta} left")?);
    let table = Mutex::new(known);
    let kept = measure(&todo, &|rows| {
        let mut table = table.lock().unwrap_or_else(PoisonError::into_inner);
        *table = table.with(&rows, cases);
        let text = table.text().map_err(io::Error::other)?;
        bar.inc(1);
        replace(path, text.as_bytes()).map_err(|error| io::Error::other(error.to_string()))
    });
    bar.finish_and_clear();
    Ok(kept?)
}

fn read(path: &Path) -> Result<Table, Box<dyn Error>> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("{name}: is not there; `--measure` makes it"),
        _ => format!("{name}: {error}"),
    })?;
    Ok(Table::parse(&name, &text)?)
}

fn in_file(path: &Path, error: &dyn Error) -> String {
    format!("{}: {error}", path.display())
}
