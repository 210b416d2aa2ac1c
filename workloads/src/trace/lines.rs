//! JSON lines: a record a line; the first line may be the `meta` of the project's format.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::assemble::Assembler;
use super::check::Check;
use super::record::Record;
use super::schema::Meta;
use super::{Expected, Problem};

pub(super) fn scan(path: &Path, expected: &Expected, check: &mut Check<'_>) -> Result<(), Problem> {
    let mut file = BufReader::new(File::open(path).map_err(Problem::Open)?);
    let mut text = String::new();
    let mut next = |text: &mut String| {
        text.clear();
        file.read_line(text).map_err(Problem::Read)
    };
    let mut read = next(&mut text)?;
    let mut line = 1;
    let mut head = None;
    if Meta::is_meant(&text) {
        head = Some(Meta::head(text.as_bytes(), "line 1", expected)?);
        read = next(&mut text)?;
        line += 1;
    }
    let mut assembler = Assembler::new(check, expected, "line", head);
    while read > 0 {
        if !text.trim().is_empty() {
            assembler.push(&record(&text, line)?, line)?;
        }
        read = next(&mut text)?;
        line += 1;
    }
    assembler.finish()
}

fn record(text: &str, line: u64) -> Result<Record, Problem> {
    serde_json::from_str(text).map_err(|error| {
        // The line it names is the one inside the text.
        let says = error.to_string();
        let says = says.rsplit_once(" at line ").map_or(says.as_str(), |(says, _)| says);
        let place = format!("line {line}, column {}", error.column());
        Problem::Text { place, says: says.to_owned() }
    })
}
