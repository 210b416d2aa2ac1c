//! Whether a table still says what replays give.

use std::fmt;

use rayon::prelude::*;
use sieve_sched::method::Method;

use super::measure::rows;
use super::{Case, Row, StudyError, Table};

/// A result that is another one now.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Case and method.
    pub of: String,
    /// In the table.
    pub kept: Row,
    /// Replayed.
    pub found: Row,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { of, kept, found } = self;
        write!(
            f,
            "{of}: a step takes {} us of which GPUs wait {}, the data has {} and {}",
            found.step_us, found.slowest_gpu_wait_us, kept.step_us, kept.slowest_gpu_wait_us
        )
    }
}

/// Replays `sample` results of a complete table again: cases evenly spread, methods in turn.
///
/// # Errors
/// A table that lacks one of them, and a configuration that cannot be replayed.
pub fn check(cases: &[Case], table: &Table, sample: usize) -> Result<Vec<Difference>, StudyError> {
    table.complete(cases)?;
    let all = cases.iter().map(|case| case.config.run.methods.len()).sum();
    let chosen = (0..sample.min(all)).into_par_iter().with_max_len(1);
    let found = chosen.map(|at| replayed(cases, table, at, sample.min(all)));
    Ok(found.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn replayed(
    cases: &[Case],
    table: &Table,
    at: usize,
    of: usize,
) -> Result<Option<Difference>, StudyError> {
    let (mut case, method) = nth(cases, at, of);
    let Some(kept) = table.find(&case, method) else { return Ok(None) };
    case.config.run.methods = vec![method];
    let found = rows(&case)?;
    let other = found.into_iter().find(|found| found != kept);
    Ok(other.map(|found| Difference { of: format!("{case}, {method}"), kept: kept.clone(), found }))
}

/// The `at`-th of `of` results.
fn nth(cases: &[Case], at: usize, of: usize) -> (Case, Method) {
    let case = &cases[at * cases.len() / of];
    let methods = &case.config.run.methods;
    (case.clone(), methods[at % methods.len()])
}
