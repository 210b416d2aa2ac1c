//! Replays of what a table lacks.

use std::io;

use rayon::prelude::*;
use sieve_sched::run::run;

use super::{Case, Row, StudyError, Table};

/// The cases of which the table lacks something, with only the methods that it lacks.
#[must_use]
pub fn missing(cases: &[Case], table: &Table) -> Vec<Case> {
    let lacking = |case: &Case| {
        let mut case = case.clone();
        let lacks = |&method: &_| table.find(&case, method).is_none();
        case.config.run.methods = case.config.run.methods.iter().copied().filter(lacks).collect();
        (!case.config.run.methods.is_empty()).then_some(case)
    };
    cases.iter().filter_map(lacking).collect()
}

/// Replays cases, several at a time. `keep` gets the rows of each as soon as they are there.
///
/// # Errors
/// A configuration that cannot be replayed, and what `keep` says.
pub fn measure(
    cases: &[Case],
    keep: &(dyn Fn(Vec<Row>) -> io::Result<()> + Sync),
) -> Result<(), StudyError> {
    // One at a time for each thread, so that what was measured is complete when somebody stops it.
    (cases.par_iter().with_max_len(1))
        .try_for_each(|case| keep(rows(case)?).map_err(StudyError::Keep))
}

/// The rows of a case under all of its methods.
pub(super) fn rows(case: &Case) -> Result<Vec<Row>, StudyError> {
    let wrong = |source| StudyError::Config { case: case.to_string(), source };
    let results = run(&case.config, &|| {}).map_err(wrong)?;
    Ok(results.points.iter().map(|point| Row::new(case, point)).collect())
}
