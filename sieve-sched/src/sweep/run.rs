//! The points of a sweep, in parallel, each kept as soon as it is finished.

use std::fmt;
use std::str::FromStr;

use rayon::prelude::*;

use super::error::SweepError;
use super::inputs::{Inputs, Key};
use super::plan::Plan;
use super::store::Store;
use crate::stop::Stop;

/// Every n-th point, for launchers that spread a sweep over machines: `1/4` to `4/4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub index: usize,
    /// How many there are.
    pub of: usize,
}

impl Shard {
    /// All points.
    pub const ALL: Self = Self { index: 1, of: 1 };

    /// Its points that are not finished.
    #[must_use]
    pub fn missing<'p>(self, plan: &'p Plan, store: &Store) -> Vec<&'p (Key, Inputs)> {
        let own = plan.points.iter().skip(self.index - 1).step_by(self.of).collect::<Vec<_>>();
        own.into_par_iter().filter(|(key, _)| store.read(key).is_none()).collect()
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let parsed = parts.and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match parsed {
            Some((index, of)) if 1 <= index && index <= of => Ok(Self { index, of }),
            _ => Err(format!("`{text}`: expected I/N with I from 1 to N, such as 2/8")),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

/// Computes points and keeps each. `done` is called after each. What was finished before an error stays.
///
/// # Errors
/// Files that cannot be read or written, and being stopped.
pub fn run(
    missing: &[&(Key, Inputs)],
    store: &Store,
    stop: &Stop,
    done: &(dyn Fn() + Sync),
) -> Result<(), SweepError> {
    missing.par_iter().with_max_len(1).try_for_each(|(key, inputs)| {
        stop.check()?;
        store.write(key, inputs.record()?, inputs.compute()?)?;
        done();
        Ok(())
    })
}
