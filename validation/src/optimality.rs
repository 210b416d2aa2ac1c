//! How far Sieve is from the best partition of each layer, by simulated time.

use std::io;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sieve_sched::config::{Config, ConfigError};
use sieve_sched::method::Method;
use sieve_sched::run::run;
use sieve_sched::time::Femtos;

use crate::study::{Case, StudyError};

/// Model, requests, steps whose layers are searched after two that fill the cost table. Servers of several GPUs take longest.
const CASES: [(&str, u32, u32); 14] = [
    ("qwen3.5-397b-a17b", 64, 1),
    ("qwen3.5-397b-a17b", 16, 1),
    ("gpt-oss-120b", 256, 1),
    ("gpt-oss-120b", 64, 1),
    ("gpt-oss-120b", 16, 1),
    ("gpt-oss-120b", 4, 1),
    ("qwen3-30b-a3b", 256, 2),
    ("qwen3-30b-a3b", 128, 2),
    ("qwen3-30b-a3b", 64, 2),
    ("qwen3-30b-a3b", 32, 2),
    ("qwen3-30b-a3b", 16, 2),
    ("qwen3-30b-a3b", 8, 2),
    ("qwen3-30b-a3b", 4, 2),
    ("qwen3-30b-a3b", 1, 2),
];

/// System of every replay.
const SYSTEM: &str = "b200-hbm-pim";

/// A layer. Times are simulated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Model.
    pub model: String,
    /// Requests of the batch.
    pub batch: u32,
    /// Sixteen hexadecimal digits that change with every number of the configuration that may change a time.
    pub inputs: String,
    /// Number of the layer among those of all steps, one after the other.
    pub layer: usize,
    /// Time of the layer under Sieve's partition.
    pub sieve_ns: u64,
    /// Time under the partition of Sieve+.
    pub sieve_plus_ns: u64,
    /// Time under the best partition that differs from Sieve's by as many experts on every GPU.
    pub alike_ns: u64,
    /// Time under the best partition.
    pub best_ns: u64,
    /// Time under the best partition with half of an expert moved, if that helps.
    pub halved_ns: u64,
    /// Partitions whose layer was simulated.
    pub partitions_tried: usize,
}

/// What is searched, by placement for free.
///
/// # Errors
/// A preset that is not shipped.
pub fn cases() -> Result<Vec<Case>, ConfigError> {
    let case = |(model, batch, steps): (&str, u32, u32)| {
        let mut config = Config::of(SYSTEM, model)?;
        config.runtime.scheduler_ns_per_256_experts = 0;
        config.run.batches = vec![batch];
        config.run.methods = vec![Method::Optimal];
        (config.run.steps, config.run.warmup_steps) = (steps, 2);
        Ok(Case::new("layers", &steps.to_string(), config))
    };
    CASES.into_iter().map(case).collect()
}

/// Searches the layers of cases, several at a time. `keep` gets the rows of each as soon as they are there.
///
/// # Errors
/// A configuration that cannot be replayed, and what `keep` says.
pub fn measure(
    cases: &[Case],
    keep: &(dyn Fn(Vec<Row>) -> io::Result<()> + Sync),
) -> Result<(), StudyError> {
    (cases.par_iter().with_max_len(1))
        .try_for_each(|case| keep(rows(case)?).map_err(StudyError::Keep))
}

/// The layers of a case.
///
/// # Errors
/// A configuration that cannot be replayed.
pub fn rows(case: &Case) -> Result<Vec<Row>, StudyError> {
    let wrong = |source| StudyError::Config { case: case.to_string(), source };
    let results = run(&case.config, &|| {}).map_err(wrong)?;
    let gaps = results.points.iter().flat_map(|point| &point.gaps).enumerate();
    let ns = |time: Femtos| (time.as_ticks() + 500_000) / 1_000_000;
    Ok(gaps
        .map(|(layer, gap)| Row {
            model: case.model().to_owned(),
            batch: case.batch(),
            inputs: case.inputs().to_owned(),
            layer,
            sieve_ns: ns(gap.policy),
            sieve_plus_ns: ns(gap.plus),
            alike_ns: ns(gap.alike),
            best_ns: ns(gap.best),
            halved_ns: ns(gap.halved),
            partitions_tried: gap.tried,
        })
        .collect())
}

/// The rows of a case among those kept; none if it had other inputs then.
pub fn of_case<'r>(rows: &'r [Row], case: &Case) -> impl Iterator<Item = &'r Row> {
    let inputs = case.inputs().to_owned();
    let key = (case.model().to_owned(), case.batch());
    rows.iter().filter(move |row| row.inputs == inputs && (row.model.clone(), row.batch) == key)
}
