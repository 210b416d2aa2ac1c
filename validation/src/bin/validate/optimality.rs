//! `validate optimality`: the page on the best partition, made of data that takes minutes to give.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use validation::optimality::{Row, cases, measure, of_case, rows};
use validation::report::optimality;
use validation::study::Case;

use crate::output::{replace, writable, write};
use crate::print;

#[derive(Args)]
pub(crate) struct Options {
    /// Layers, CSV
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Search what the data lacks or has of other inputs, and keep it there; may be stopped and taken up again
    #[arg(long)]
    measure: bool,
    /// With --measure: forget the data first, as after a change of the program
    #[arg(long, requires = "measure")]
    afresh: bool,
    /// Search the quickest case again, and fail if the data has other layers
    #[arg(long, conflicts_with = "measure")]
    check: bool,
    /// Write the page of the documentation
    #[arg(long, value_name = "PATH")]
    write_docs: Option<PathBuf>,
}

/// Whether a check agreed.
pub(crate) fn run(options: &Options) -> Result<bool, Box<dyn Error>> {
    writable(options.write_docs.as_ref())?;
    let cases = cases()?;
    if options.measure {
        measure_missing(&cases, options)?;
    }
    let kept = read(&options.data)?;
    let page = optimality(&cases, &kept)?;
    if let (true, Some(case)) = (options.check, cases.last()) {
        let found = rows(case)?;
        if !of_case(&kept, case).eq(&found) {
            log::error!("{case}: the data has other layers than a search now finds");
            return Ok(false);
        }
    }
    match &options.write_docs {
        Some(path) => write(path, &page)?,
        None => print(&page)?,
    }
    Ok(true)
}

/// Searches what is missing; after every case the file holds all that there is.
fn measure_missing(cases: &[Case], options: &Options) -> Result<(), Box<dyn Error>> {
    let path = &options.data;
    let known = if path.exists() && !options.afresh { read(path)? } else { Vec::new() };
    let todo: Vec<Case> =
        cases.iter().filter(|case| of_case(&known, case).next().is_none()).cloned().collect();
    // Draws on standard error, and only on a terminal.
    let bar = ProgressBar::new(todo.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} cases, {eta} left")?);
    let table = Mutex::new(known);
    let kept = measure(&todo, &|more| {
        let mut table = table.lock().unwrap_or_else(PoisonError::into_inner);
        table.extend(more);
        let ordered = cases.iter().flat_map(|case| of_case(&table, case));
        let text = text(ordered).map_err(io::Error::other)?;
        bar.inc(1);
        replace(path, &text).map_err(|error| io::Error::other(error.to_string()))
    });
    bar.finish_and_clear();
    Ok(kept?)
}

fn text<'r>(rows: impl Iterator<Item = &'r Row>) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn read(path: &Path) -> Result<Vec<Row>, Box<dyn Error>> {
    let name = path.display();
    let text = fs::read(path).map_err(|error| format!("{name}: {error}"))?;
    let rows: Result<Vec<Row>, csv::Error> =
        csv::Reader::from_reader(&*text).deserialize().collect();
    Ok(rows.map_err(|error| format!("{name}: {error}"))?)
}
