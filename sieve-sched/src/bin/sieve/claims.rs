//! `sieve claims`, and what replays leave for it.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use sieve_sched::claims::{COLUMNS, Claim, FILE, Measured, Span, check, evaluate, page, table};
use sieve_sched::report::Folder;

use crate::options::{Outcome, print, print_json};
use crate::output::Output;

#[derive(Args)]
pub(crate) struct Options {
    /// Results folder of a replay that judged claims, or its claims.json
    #[arg(value_name = "DIR")]
    results: PathBuf,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
    /// Replay the smallest batch of each model again, and fail if it is not as measured
    #[arg(long)]
    check: bool,
    /// Write the page of the documentation
    #[arg(long, value_name = "FILE")]
    write_docs: Option<PathBuf>,
}

/// Judges what a replay measured.
pub(crate) fn run(options: &Options) -> Outcome {
    let path = file(&options.results);
    let measured = read(&path)?;
    if options.check {
        let wrong = check(&measured)?;
        if !wrong.is_empty() {
            return Err(format!("{}: {}", path.display(), wrong.join("; ")).into());
        }
    }
    let claims = Claim::shipped()?;
    let verdicts = evaluate(&claims, &measured);
    if let Some(docs) = &options.write_docs {
        let text = page(&claims, &measured, &verdicts);
        Output::apart_from(&[&path], docs)?.write_text(&text)?;
    }
    if options.json { print_json(&json!({ "claims": verdicts })) } else { print(&table(&verdicts)) }
}

fn file(results: &Path) -> PathBuf {
    if results.is_dir() { results.join(FILE) } else { results.to_owned() }
}

fn read(path: &Path) -> Result<Measured, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| {
        format!(
            "{}: cannot be read: {error}; `sieve replay --claims` leaves a {FILE} in its results folder",
            path.display()
        )
    })?;
    Measured::from_json(&text).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// Judges what a replay measured, writes it into its results folder, and gives the table.
pub(crate) fn write(
    folder: &Folder,
    claims: &[Claim],
    measured: &Measured,
) -> Result<String, Box<dyn Error>> {
    let verdicts = evaluate(claims, measured);
    let saved = serde_json::to_string_pretty(&measured.to_json(&verdicts))? + "\n";
    folder.write(FILE, saved.as_bytes())?;
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record(COLUMNS.map(|(name, _)| name))?;
    for verdict in &verdicts {
        let row = &verdict.row;
        let ends = |span: Option<Span>| {
            span.map_or([String::new(), String::new()], |s| [s.low, s.high].map(|f| f.to_string()))
        };
        let [target, ..] = verdict.cells();
        let figures = [verdict.ours, verdict.charged, verdict.one_minibatch, verdict.better];
        let head = [
            verdict.claim.clone(),
            row.model.clone(),
            row.quantity.text(),
            row.published.clone(),
            target,
        ];
        let difference = verdict.difference.map_or(String::new(), |d| d.to_string());
        let tail = [difference, verdict.outcome.to_string()];
        rows.write_record(head.into_iter().chain(figures.into_iter().flat_map(ends)).chain(tail))?;
    }
    folder.write("claims.csv", &rows.into_inner()?)?;
    Ok(table(&verdicts))
}
