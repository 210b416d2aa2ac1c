//! Tokens per expert as CSV: a line for each layer of each batch.
//!
//! Columns by name, in any order: `B` (tokens), `batch` (number of the batch), `layer`, `e0`, `e1`, ... (tokens of each
//! expert), and perhaps `source` (name of the recording). Lines of a batch stand together, their layers ascending.

use std::fmt::Display;
use std::path::Path;

use ::csv::{ReaderBuilder, StringRecord};

use super::check::{Check, Raw};
use super::place::{Place, Values};
use super::{Expected, Head, Kind, Problem};

/// Where the columns stand.
struct Columns {
    source: Option<usize>,
    tokens: usize,
    batch: usize,
    layer: usize,
    experts: Vec<usize>,
}

/// What the lines of a batch have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Key {
    source: String,
    tokens: u32,
    batch: u64,
}

/// Lines of the present batch.
#[derive(Default)]
struct Group {
    key: Key,
    layers: Vec<u32>,
    lines: Vec<u64>,
    counts: Vec<i128>,
}

pub(super) fn scan(path: &Path, expected: &Expected, check: &mut Check<'_>) -> Result<(), Problem> {
    let file = std::fs::File::open(path).map_err(Problem::Open)?;
    let mut reader = ReaderBuilder::new().from_reader(file);
    let columns = Columns::of(reader.headers().map_err(unreadable)?)?;
    let mut group = Group::default();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(unreadable)? {
        let line = record.position().map_or(0, ::csv::Position::line);
        let key = columns.key(&record, line)?;
        if group.lines.is_empty() {
            check.begin(columns.head(&record, line, &key, expected)?)?;
        } else if key != group.key {
            group.pass(check)?;
            group = Group::default();
        }
        group.key = key;
        group.layers.push(number(&record, columns.layer, "layer", line)?);
        group.lines.push(line);
        for (expert, &at) in columns.experts.iter().enumerate() {
            group.counts.push(number(&record, at, format_args!("e{expert}"), line)?);
        }
    }
    if group.lines.is_empty() { Ok(()) } else { group.pass(check) }
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, Problem> {
        let wrong = |says: String| Problem::Text { place: "line 1".to_owned(), says };
        let experts = header.iter().filter(|name| is_expert(name)).count();
        let numbered: Vec<_> = (0..experts).map(|expert| format!("e{expert}")).collect();
        for (at, name) in header.iter().enumerate() {
            let known = ["source", "B", "batch", "layer"].contains(&name)
                || numbered.iter().any(|expert| expert == name);
            if !known {
                return Err(wrong(format!(
                    "column `{name}` is none of `source`, `B`, `batch`, `layer`, `e0`, `e1`, ..."
                )));
            }
            if header.iter().take(at).any(|other| other == name) {
                return Err(wrong(format!("column `{name}` stands there twice")));
            }
        }
        let find = |name: &str| header.iter().position(|column| column == name);
        let need =
            |name: &str| find(name).ok_or_else(|| wrong(format!("column `{name}` is missing")));
        need("e0")?;
        Ok(Self {
            source: find("source"),
            tokens: need("B")?,
            batch: need("batch")?,
            layer: need("layer")?,
            experts: numbered.iter().map(|name| need(name)).collect::<Result<_, _>>()?,
        })
    }

    fn key(&self, record: &StringRecord, line: u64) -> Result<Key, Problem> {
        let source = self.source.and_then(|at| record.get(at)).unwrap_or_default();
        let tokens = number(record, self.tokens, "B", line)?;
        if tokens == 0 {
            let says = "found 0, allowed is 1 and more".to_owned();
            return Err(Problem::Text { place: format!("line {line}, column `B`"), says });
        }
        let batch = number(record, self.batch, "batch", line)?;
        Ok(Key { source: source.to_owned(), tokens, batch })
    }

    /// The first line says how many experts a token visits.
    fn head(
        &self,
        record: &StringRecord,
        line: u64,
        key: &Key,
        expected: &Expected,
    ) -> Result<Head, Problem> {
        let mut visits = 0;
        for (expert, &at) in self.experts.iter().enumerate() {
            visits += u64::from(number::<u32>(record, at, format_args!("e{expert}"), line)?);
        }
        let tokens = u64::from(key.tokens);
        if visits == 0 || !visits.is_multiple_of(tokens) {
            return Err(Problem::CountSum {
                place: format!("line {line}"),
                found: visits,
                allowed: format!("which is no multiple of the {tokens} tokens in column `B`"),
            });
        }
        let experts = expected.experts("line 1: has", Some(self.experts.len() as u64))?;
        let top_k = expected.top_k(&format!("line {line}: has"), Some(visits / tokens))?;
        Ok(Head { kind: Kind::Counts, model: expected.name(), experts, top_k })
    }
}

impl Group {
    fn pass(&self, check: &mut Check<'_>) -> Result<(), Problem> {
        check.part(&Raw {
            source: &self.key.source,
            request: 0,
            layers: &self.layers,
            batch: Some(self.key.tokens as usize),
            values: &self.counts,
            place: Place::Lines { unit: "line", lines: &self.lines, values: Values::Columns },
        })
    }
}

fn is_expert(name: &str) -> bool {
    name.strip_prefix('e').is_some_and(|number| number.parse::<u32>().is_ok())
}

/// The whole number in a cell.
fn number<T: TryFrom<i128>>(
    record: &StringRecord,
    at: usize,
    column: impl Display,
    line: u64,
) -> Result<T, Problem> {
    let cell = record.get(at).unwrap_or_default();
    let whole = cell.trim().parse::<i128>().ok();
    whole.and_then(|whole| T::try_from(whole).ok()).ok_or_else(|| Problem::Text {
        place: format!("line {line}, column `{column}`"),
        says: format!("`{cell}` is no whole number of 0 to 4294967295"),
    })
}

fn unreadable(error: ::csv::Error) -> Problem {
    let line = error.position().map_or(1, ::csv::Position::line);
    let says = match error.kind() {
        ::csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells, the header has {expected_len}")
        }
        ::csv::ErrorKind::Utf8 { .. } => "is no UTF-8 text".to_owned(),
        _ => error.to_string(),
    };
    Problem::Text { place: format!("line {line}"), says }
}
