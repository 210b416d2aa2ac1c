//! The results of a sweep, a row a combination.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::columns::BESIDE;
use super::error::SweepError;
use super::plan::{Fate, Plan};
use super::store::{Outcome, Store};

/// Rows in the order of the file: the axes, `status`, the columns of the level, `reason`, `key`.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Names of the columns.
    pub header: Vec<String>,
    /// Cells; empty where nothing is known.
    pub rows: Vec<Vec<String>>,
    /// How many of the first columns are axes.
    pub axes: usize,
    /// Rows by status: `done`, `impossible`, `skipped`, `missing`.
    pub counts: BTreeMap<&'static str, usize>,
}

impl Table {
    /// All statuses.
    pub const STATUSES: [&str; 4] = ["done", "impossible", "skipped", "missing"];

    /// Of what is finished.
    #[must_use]
    pub fn new(plan: &Plan, store: &Store) -> Self {
        let columns = plan.columns.iter().map(|column| column.name);
        let [status, ends @ ..] = BESIDE.map(|(name, _)| name);
        let named = [status].into_iter().chain(columns).chain(ends);
        let header = plan.paths.iter().cloned().chain(named.map(str::to_owned)).collect();
        let mut counts = BTreeMap::from(Self::STATUSES.map(|status| (status, 0)));
        let ends: Vec<_> = plan.rows.par_iter().map(|row| End::of(&row.fate, store)).collect();
        let rows = plan.rows.iter().zip(ends).map(|(row, end)| {
            *counts.entry(end.status).or_default() += 1;
            let cell = |at: usize| {
                let number = plan.columns[at].number(end.result.as_ref()?)?;
                Some(number.to_string())
            };
            let mut cells = row.values.clone();
            cells.push(end.status.to_owned());
            cells.extend((0..plan.columns.len()).map(|at| cell(at).unwrap_or_default()));
            cells.extend([end.reason, end.key]);
            cells
        });
        let rows = rows.collect();
        Self { header, rows, axes: plan.paths.len(), counts }
    }

    /// Unless rows have no result yet.
    ///
    /// # Errors
    /// How many have none.
    pub fn finished(self) -> Result<Self, SweepError> {
        match self.counts["missing"] {
            0 => Ok(self),
            missing => Err(SweepError::Unfinished { missing, all: self.rows.len() }),
        }
    }

    /// Whether a column holds numbers, wherever a cell is not empty.
    #[must_use]
    pub fn is_number(&self, column: usize) -> bool {
        column > self.axes && column + 2 < self.header.len()
    }
}

/// What is said of a row beside its values.
#[derive(Default)]
struct End {
    status: &'static str,
    result: Option<serde_json::Value>,
    reason: String,
    key: String,
}

impl End {
    fn of(fate: &Fate, store: &Store) -> Self {
        let none = Self::default();
        let reasoned =
            |status, reason: &String| Self { status, reason: reason.clone(), ..Self::default() };
        match fate {
            Fate::Skipped(because) => reasoned("skipped", because),
            Fate::Impossible(reason) => reasoned("impossible", reason),
            Fate::Point(key) => {
                let end = match store.read(key) {
                    None => Self { status: "missing", ..none },
                    Some(Outcome::Impossible(reason)) => reasoned("impossible", &reason),
                    Some(Outcome::Done(result)) => {
                        Self { status: "done", result: Some(result), ..none }
                    }
                };
                Self { key: key.to_string(), ..end }
            }
        }
    }
}
