//! The rows of a sweep before anything is resolved: which value each axis has, and which filter leaves it out.

use pim_dram::similar::nearest;

use super::error::SweepError;
use super::spec::{Pairs, Sweep, Written};

/// Most rows of a sweep.
const MOST_ROWS: usize = 1_000_000;

/// The axes of a sweep, found to fit each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid<'s> {
    sweep: &'s Sweep,
    pub(super) rows: usize,
}

impl<'s> Grid<'s> {
    pub(super) fn new(sweep: &'s Sweep) -> Result<Self, SweepError> {
        let mut rows = 1_usize;
        for axis in &sweep.axes {
            rows = rows.saturating_mul(length(axis)?);
        }
        if rows > MOST_ROWS {
            return Err(SweepError::TooMany(MOST_ROWS));
        }
        let grid = Self { sweep, rows };
        for (path, values) in sweep.skip.iter().flat_map(|skip| &skip.when.0) {
            grid.varies(path, values)?;
        }
        Ok(grid)
    }

    /// Paths of all axes, in the order of the file.
    pub(super) fn paths(self) -> impl Iterator<Item = (&'s String, &'s Vec<Written>)> {
        self.sweep.axes.iter().flat_map(|axis| axis.0.iter().map(|(path, values)| (path, values)))
    }

    /// What a row sets.
    pub(super) fn row(self, mut row: usize) -> Vec<(&'s String, &'s Written)> {
        let mut places = Vec::new();
        for axis in self.sweep.axes.iter().rev() {
            let values = axis.0[0].1.len();
            places.push(row % values);
            row /= values;
        }
        let axes = self.sweep.axes.iter().zip(places.into_iter().rev());
        axes.flat_map(|(axis, at)| axis.0.iter().map(move |(path, values)| (path, &values[at])))
            .collect()
    }

    /// Why a row is left out.
    pub(super) fn skipped(self, row: &[(&String, &Written)]) -> Option<&'s str> {
        let holds = |(path, values): &(String, Vec<Written>)| {
            let found = row.iter().find(|(axis, _)| *axis == path);
            found.is_some_and(|(_, found)| values.iter().any(|value| value.means(found)))
        };
        let filter = self.sweep.skip.iter().find(|skip| skip.when.0.iter().all(holds));
        filter.map(|skip| skip.because.as_str())
    }

    /// Whether a condition can hold.
    fn varies(self, path: &String, values: &[Written]) -> Result<(), SweepError> {
        let Some((_, known)) = self.paths().find(|(axis, _)| *axis == path) else {
            let axes: Vec<&str> = self.paths().map(|(axis, _)| axis.as_str()).collect();
            let nearest = nearest(path, axes);
            return Err(SweepError::NoAxis { path: path.clone(), nearest });
        };
        let never = values.iter().find(|value| !known.iter().any(|known| known.means(value)));
        match never {
            Some(value) => Err(SweepError::NeverIs {
                path: path.clone(),
                value: value.0.clone(),
                values: known.iter().map(|known| known.0.as_str()).collect::<Vec<_>>().join(", "),
            }),
            None => Ok(()),
        }
    }
}

fn length(axis: &Pairs<Vec<Written>>) -> Result<usize, SweepError> {
    let named = || axis.0.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>().join(", ");
    let length = axis.0.first().map_or(0, |(_, values)| values.len());
    if length == 0 {
        return Err(SweepError::Empty(named()));
    }
    if axis.0.iter().any(|(_, values)| values.len() != length) {
        let lengths: Vec<String> = (axis.0.iter())
            .map(|(path, values)| format!("`{path}` has {} values", values.len()))
            .collect();
        return Err(SweepError::Uneven(lengths.join(", ")));
    }
    Ok(length)
}
