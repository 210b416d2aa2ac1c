//! The results of a study as CSV.

use serde::{Deserialize, Serialize};
use sieve_sched::method::Method;
use sieve_sched::replay::point::Point;
use sieve_sched::time::micros;

use super::{Case, StudyError};

/// What one case took under one method. Times are to the nanosecond.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Model.
    pub model: String,
    /// Requests of the batch.
    pub batch: u32,
    /// What is varied.
    pub parameter: String,
    /// What it is.
    pub value: String,
    /// Method.
    pub method: Method,
    /// Sixteen hexadecimal digits that change with every number of the configuration that may change a time.
    pub inputs: String,
    /// Time of a decode step.
    pub step_us: f64,
    /// Time that GPUs are ready before the slowest of them, the mean of all, summed over a step.
    pub slowest_gpu_wait_us: f64,
}

impl Row {
    /// Of the point that a case gave.
    #[must_use]
    pub fn new(case: &Case, point: &Point) -> Self {
        let per_step = |time| (micros(time) / f64::from(point.steps) * 1e3).round() / 1e3;
        Self {
            model: case.model().to_owned(),
            batch: case.batch(),
            parameter: case.parameter.clone(),
            value: case.value.clone(),
            method: point.method,
            inputs: case.inputs().to_owned(),
            step_us: per_step(point.time),
            slowest_gpu_wait_us: per_step(point.slowest_gpu_wait),
        }
    }

    fn key(&self) -> (&str, u32, &str, &str, Method) {
        (&self.model, self.batch, &self.parameter, &self.value, self.method)
    }
}

/// Rows of a study.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table(Vec<Row>);

impl Table {
    /// Reads what [`Table::text`] writes; `origin` is where the text comes from.
    ///
    /// # Errors
    /// [`StudyError::Table`]: columns that are not those of [`Row`], values of the wrong kind, two rows of one result.
    pub fn parse(origin: &str, text: &str) -> Result<Self, StudyError> {
        let wrong = |says| StudyError::Table { origin: origin.to_owned(), says };
        let rows: Result<Vec<Row>, csv::Error> =
            csv::Reader::from_reader(text.as_bytes()).deserialize().collect();
        let rows = rows.map_err(|error| wrong(error.to_string()))?;
        let twice =
            (1..rows.len()).find(|&at| rows[..at].iter().any(|r| r.key() == rows[at].key()));
        match twice {
            // Below the heading, counted from one.
            Some(at) => {
                Err(wrong(format!("line {}: its result stands in an earlier line too", at + 2)))
            }
            None => Ok(Self(rows)),
        }
    }

    /// As CSV, a heading and a line a row.
    ///
    /// # Errors
    /// [`StudyError::Keep`]; not for rows as they are.
    pub fn text(&self) -> Result<String, StudyError> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let keep = |error: csv::Error| StudyError::Keep(error.into());
        self.0.iter().try_for_each(|row| writer.serialize(row)).map_err(keep)?;
        let bytes = writer.into_inner().map_err(|error| StudyError::Keep(error.into_error()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.0
    }

    /// The row of a case and method, if it has the same inputs.
    #[must_use]
    pub fn find(&self, case: &Case, method: Method) -> Option<&Row> {
        let key = (case.model(), case.batch(), &*case.parameter, &*case.value, method);
        self.0.iter().find(|row| row.key() == key).filter(|row| row.inputs == case.inputs())
    }

    /// Only the rows of these cases, in their order, with `more` among them.
    #[must_use]
    pub fn with(&self, more: &[Row], cases: &[Case]) -> Self {
        let all = Self([more, self.rows()].concat());
        let rows = cases.iter().flat_map(|case| {
            case.config.run.methods.iter().filter_map(|&method| all.find(case, method).cloned())
        });
        Self(rows.collect())
    }

    /// Whether the table has every case.
    ///
    /// # Errors
    /// [`StudyError::Missing`].
    pub fn complete(&self, cases: &[Case]) -> Result<(), StudyError> {
        let all = || {
            cases.iter().flat_map(|case| case.config.run.methods.iter().map(move |&m| (case, m)))
        };
        let mut missing = all().filter(|(case, method)| self.find(case, *method).is_none());
        let Some((case, method)) = missing.next() else { return Ok(()) };
        let first = format!("{case}, {method}");
        Err(StudyError::Missing { missing: 1 + missing.count(), all: all().count(), first })
    }
}
