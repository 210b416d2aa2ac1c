//! What measured laws and other routing do to the comparison of methods.

use serde::{Deserialize, Serialize};

use super::routed::Named;
use super::table::read;
use super::{FigureError, Made};
use crate::chart::{BarFigure, BarGroup, BarPanel, OKABE_ITO, Part, StackedBar};
use crate::method::Method;

/// The table that ships, which `validate laws` makes.
const SHIPPED: &str = include_str!("../../../docs/src/data/laws.csv");

/// A panel per model, a group per batch, a bar for each set of inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Laws {
    /// Models.
    pub models: Vec<Named>,
    /// The method that Sieve is held against.
    #[serde(with = "super::methods::one")]
    pub over: Method,
    /// Table of another run of `validate laws`; the shipped one if empty.
    pub table: String,
}

/// What is read of a case.
#[derive(Deserialize)]
struct Case {
    model: String,
    batch: u32,
    value: String,
    method: Method,
    step_us: f64,
}

/// A bar.
#[derive(Serialize)]
struct Row<'a> {
    /// Model.
    model: &'a str,
    /// Requests of the batch.
    batch: u32,
    /// Routing and laws.
    inputs: &'a str,
    /// Time of a step under Sieve.
    sieve_us: f64,
    /// The other method.
    other: Method,
    /// Time of a step under the other method.
    other_us: f64,
    /// `other_us` / `sieve_us`.
    sieve_times_as_fast: f64,
}

impl Laws {
    pub(super) fn make(&self) -> Result<Made, FigureError> {
        let cases: Vec<Case> = read(&self.table, "docs/src/data/laws.csv", SHIPPED)?;
        let mut rows = Vec::new();
        for named in &self.models {
            let of_model = || cases.iter().filter(|case| case.model == named.model);
            for sieve in of_model().filter(|case| case.method == Method::Sieve) {
                let key = (sieve.batch, &sieve.value, self.over);
                let other = of_model().find(|case| (case.batch, &case.value, case.method) == key);
                rows.extend(other.map(|other| Row {
                    model: &named.title,
                    batch: sieve.batch,
                    inputs: &sieve.value,
                    sieve_us: sieve.step_us,
                    other: self.over,
                    other_us: other.step_us,
                    sieve_times_as_fast: other.step_us / sieve.step_us,
                }));
            }
            if rows.iter().all(|row| row.model != named.title) {
                return Err(FigureError::Field {
                    field: "models",
                    found: named.model.clone(),
                    allowed: format!("the table has no row of it under Sieve and {}", self.over),
                });
            }
        }
        let inputs = in_order(&rows);
        let bar = |row: &Row<'_>| {
            let place = inputs.iter().position(|inputs| *inputs == row.inputs).unwrap_or(0);
            let colour = OKABE_ITO[place % OKABE_ITO.len()];
            let part = Part { name: row.inputs.to_owned(), colour, value: row.sieve_times_as_fast };
            StackedBar { label: String::new(), parts: vec![part], marks: Vec::new() }
        };
        let panel = |named: &Named| {
            let mut groups: Vec<BarGroup> = Vec::new();
            for row in rows.iter().filter(|row| row.model == named.title) {
                let label = row.batch.to_string();
                match groups.iter_mut().find(|group| group.label == label) {
                    Some(group) => group.bars.push(bar(row)),
                    None => groups.push(BarGroup { label, bars: vec![bar(row)] }),
                }
            }
            BarPanel { title: named.title.clone(), groups }
        };
        let figure = BarFigure {
            label: format!("Throughput of Sieve over {}", self.over.traits().title),
            groups: "Requests in the batch".into(),
            alike: true,
            panels: self.models.iter().map(panel).collect(),
        };
        Made::new(figure.svg()?, &rows)
    }
}

/// All sets of inputs, in the order of the batch that has most of them.
fn in_order<'a>(rows: &[Row<'a>]) -> Vec<&'a str> {
    let mut inputs: Vec<(usize, &str)> = Vec::new();
    let mut place = 0;
    for (index, row) in rows.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &rows[before]);
        let same = before.is_some_and(|b| (b.model, b.batch) == (row.model, row.batch));
        place = if same { place + 1 } else { 0 };
        match inputs.iter_mut().find(|(_, name)| *name == row.inputs) {
            Some((known, _)) => *known = place.max(*known),
            None => inputs.push((place, row.inputs)),
        }
    }
    inputs.sort_by_key(|(place, _)| *place);
    inputs.into_iter().map(|(_, name)| name).collect()
}
