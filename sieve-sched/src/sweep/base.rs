//! From the values of a row to the inputs of its point.

use std::collections::BTreeMap;

use super::error::SweepError;
use super::grid::Grid;
use super::inputs::{Inputs, Key};
use super::level::Level;
use super::spec::{Sweep, Written};
use crate::config::{Assignment, ConfigError};

/// What the levels of a sweep come down to, `set` applied. Axes over fields of the level make several of them.
#[derive(Debug)]
pub(super) struct Bases<'s> {
    grid: Grid<'s>,
    fields: Vec<String>,
    /// By the values of the axes over fields of the level.
    resolved: BTreeMap<Vec<&'s str>, Inputs>,
}

/// A row, resolved.
pub(super) enum Resolved {
    /// Left out, and why.
    Skipped(String),
    /// The value of the path at this place cannot be set.
    Refused {
        /// Place among the paths.
        at: usize,
        /// Why.
        error: ConfigError,
    },
    /// To be computed.
    Point(Key, Inputs),
}

type Set<'s> = [(&'s String, &'s Written)];

impl<'s> Bases<'s> {
    pub(super) fn new(sweep: &'s Sweep, grid: Grid<'s>) -> Result<Self, SweepError> {
        let mut bases = Self { grid, fields: sweep.level.fields(), resolved: BTreeMap::new() };
        for n in 0..grid.rows {
            let row = grid.row(n);
            let values = bases.values(&row);
            if grid.skipped(&row).is_none() && !bases.resolved.contains_key(&values) {
                let level = bases.level(&sweep.level, &row)?;
                let inputs = set(level.resolve()?, sweep)?;
                bases.resolved.insert(values, inputs);
            }
        }
        bases.twice(sweep)?;
        Ok(bases)
    }

    pub(super) fn resolve(&self, row: &Set<'s>) -> Result<Resolved, SweepError> {
        if let Some(because) = self.grid.skipped(row) {
            return Ok(Resolved::Skipped(because.to_owned()));
        }
        let Some(base) = self.resolved.get(&self.values(row)) else {
            return Err(SweepError::Missing("base"));
        };
        let mut inputs = base.clone();
        for (at, (path, value)) in row.iter().enumerate() {
            if !self.is_field(path) {
                match inputs.with(&[assignment(path, value)]) {
                    Ok(with) => inputs = with,
                    Err(error) => return Ok(Resolved::Refused { at, error }),
                }
            }
        }
        Ok(Resolved::Point(Key::of(&inputs.record()?), inputs))
    }

    fn is_field(&self, path: &String) -> bool {
        self.fields.contains(path)
    }

    /// Values of a row that are fields of the level.
    fn values(&self, row: &Set<'s>) -> Vec<&'s str> {
        let fields = row.iter().filter(|(path, _)| self.is_field(path));
        fields.map(|(_, value)| value.0.as_str()).collect()
    }

    fn level(&self, level: &Level, row: &Set<'s>) -> Result<Level, SweepError> {
        let fields = row.iter().filter(|(path, _)| self.is_field(path));
        fields.clone().try_fold(level.clone(), |level, (path, value)| level.with(path, value))
    }

    /// Refuses paths that set one field twice, however they are spelt. A path that only other bases have is none of the first's.
    fn twice(&self, sweep: &Sweep) -> Result<(), SweepError> {
        let mut seen: Vec<(String, &String)> = Vec::new();
        let set = sweep.set.0.iter().map(|(path, _)| ("set", path));
        for (place, path) in set.chain(self.grid.paths().map(|(path, _)| ("axes", path))) {
            let first = self.resolved.values().next();
            let whole = match first.filter(|_| place == "set" || !self.is_field(path)) {
                Some(base) => base.whole_path(path).unwrap_or_else(|_| path.clone()),
                None => path.clone(),
            };
            if let Some((_, earlier)) = seen.iter().find(|(known, _)| *known == whole) {
                let (path, earlier) = (path.clone(), (*earlier).clone());
                return Err(SweepError::Twice { place, path, earlier });
            }
            seen.push((whole, path));
        }
        Ok(())
    }
}

/// What holds for all points.
fn set(inputs: Inputs, sweep: &Sweep) -> Result<Inputs, SweepError> {
    let all: Vec<_> = sweep.set.0.iter().map(|(path, value)| assignment(path, value)).collect();
    inputs.with(&all).map_err(|error| SweepError::Setting { place: "set", error })
}

fn assignment(path: &str, value: &Written) -> Assignment {
    Assignment { path: path.to_owned(), value: value.0.clone() }
}
