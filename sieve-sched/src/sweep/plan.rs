//! The rows of a sweep and the points that they come down to.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::base::{Bases, Resolved};
use super::columns::Column;
use super::error::{SweepError, without_flag};
use super::grid::Grid;
use super::inputs::{Inputs, Key};
use super::spec::Sweep;
use crate::config::ConfigError;

/// A sweep, resolved.
#[derive(Debug)]
pub struct Plan {
    /// Paths of the axes, in the order of the file.
    pub paths: Vec<String>,
    /// Every combination, in the order of the file.
    pub rows: Vec<Row>,
    /// What is to be computed, each once, in the order of the rows.
    pub points: Vec<(Key, Inputs)>,
    /// What is shown of a point.
    pub columns: &'static [Column],
}

/// One combination.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its values, by path.
    pub values: Vec<String>,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A point that is computed.
    Point(Key),
    /// A filter of the sweep leaves it out, and why.
    Skipped(String),
    /// Its base has no such field or value, though that of another row does.
    Impossible(String),
}

impl Plan {
    /// Resolves every row. A path or value that no row can take is a mistake of the file.
    ///
    /// # Errors
    /// Mistakes in the sweep, files that cannot be read.
    pub fn new(sweep: &Sweep) -> Result<Self, SweepError> {
        let grid = Grid::new(sweep)?;
        let bases = Bases::new(sweep, grid)?;
        let resolved: Vec<_> =
            (0..grid.rows).into_par_iter().map(|n| bases.resolve(&grid.row(n))).collect();
        let mut values = Values::default();
        let (mut rows, mut points, mut known) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (n, resolved) in resolved.into_iter().enumerate() {
            let shown = grid.row(n).iter().map(|(_, value)| value.shown()).collect::<Vec<_>>();
            let fate = match resolved? {
                Resolved::Skipped(because) => Fate::Skipped(because),
                Resolved::Refused { at, error } => {
                    let says = without_flag(&error);
                    values.take(&shown[..at]);
                    values.refused.push((at, shown[at].clone(), error));
                    Fate::Impossible(says)
                }
                Resolved::Point(key, inputs) => {
                    values.take(&shown);
                    if known.insert(key.clone()) {
                        points.push((key.clone(), inputs));
                    }
                    Fate::Point(key)
                }
            };
            rows.push(Row { values: shown, fate });
        }
        values.check()?;
        let paths = grid.paths().map(|(path, _)| path.clone()).collect();
        Ok(Self { paths, rows, points, columns: sweep.level.columns() })
    }
}

/// Values of the axes: those that some row took, and those that one could not.
#[derive(Default)]
struct Values {
    taken: BTreeSet<(usize, String)>,
    refused: Vec<(usize, String, ConfigError)>,
}

impl Values {
    fn take(&mut self, row: &[String]) {
        for (at, value) in row.iter().enumerate() {
            if !self.taken.contains(&(at, value.clone())) {
                self.taken.insert((at, value.clone()));
            }
        }
    }

    /// A value that was never taken.
    fn check(self) -> Result<(), SweepError> {
        let Self { taken, refused } = self;
        let never =
            refused.into_iter().find(|(at, value, _)| !taken.contains(&(*at, value.clone())));
        match never {
            Some((.., error)) => Err(SweepError::Setting { place: "axes", error }),
            None => Ok(()),
        }
    }
}
