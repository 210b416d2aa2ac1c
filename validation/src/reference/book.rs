//! The pages as the book has them.

use std::path::Path;

use pim_dram::family::PARAMETERS;
use sieve_sched::config::Config;
use sieve_sched::{claims, report, sweep};

use super::error::ReferenceError;
use super::statistics::Columns;
use super::{Sources, configuration, files, statistics};

/// What a replay takes when nothing is said.
const BUILT_IN: (&str, &str) = ("b200-hbm-pim", "qwen3-30b-a3b");

/// File name and text of every page, made of the checkout at `root`.
///
/// # Errors
/// Sources that cannot be read or followed, and fields without a doc comment.
pub fn book(root: &Path) -> Result<[(&'static str, String); 3], ReferenceError> {
    let sources = Sources::read(root)?;
    let wrong = |error: &dyn std::error::Error| ReferenceError::Default(error.to_string());
    let (system, model) = BUILT_IN;
    let config = Config::of(system, model).map_err(|error| wrong(&error))?;
    let built_in = serde_json::to_value(config).map_err(|error| wrong(&error))?;
    Ok([
        ("configuration.md", configuration(&sources, &built_in, PARAMETERS)?),
        ("files.md", files(&sources)?),
        ("statistics.md", statistics(&sources, &tables())?),
    ])
}

/// Tables whose columns are lists in code.
fn tables() -> Vec<Columns> {
    let table = |heading, by, columns: Vec<(&str, &str)>| {
        let columns = columns.into_iter().map(|(name, about)| (name.to_owned(), about.to_owned()));
        Columns { heading, by, columns: columns.collect() }
    };
    let of_level = |columns: &[sweep::Column]| {
        let [status, ends @ ..] = sweep::BESIDE;
        let figures = columns.iter().map(|column| (column.name, column.about));
        [status].into_iter().chain(figures).chain(ends).collect()
    };
    let of_product = report::PRODUCT_COLUMNS.iter().chain(&report::POWER_COLUMNS).copied();
    let impossible = ("impossible", "Why there is no result; empty where there is one.");
    vec![
        table(
            "Replay: `claims.csv`",
            "`sieve replay`: a row per figure of a claim.",
            claims::COLUMNS.to_vec(),
        ),
        table(
            "Products of several devices",
            "`sieve gemv --csv` with several values after `--set`: a row per combination. What was set stands before these columns.",
            of_product.chain([impossible]).collect(),
        ),
        table(
            "Sweep of products",
            "`sieve sweep merge` of level `gemv`, CSV and Parquet: a row per combination.",
            of_level(sweep::GEMV),
        ),
        table(
            "Sweep of replays",
            "`sieve sweep merge` of level `replay`, CSV and Parquet: a row per combination.",
            of_level(sweep::REPLAY),
        ),
    ]
}
