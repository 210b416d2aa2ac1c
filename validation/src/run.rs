//! Runs claims, in parallel; the outcomes do not depend on how many threads there are.

use rayon::prelude::*;
use sieve_sched::claims::Span;
use thiserror::Error;

use crate::claim::Claim;
use crate::measure::MeasureError;
use crate::presets::Presets;
use crate::rows::Compared;
use crate::verdict::Verdict;

/// A claim and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<'c> {
    /// The claim.
    pub claim: &'c Claim,
    /// Our figure, in the claim's unit; none where it is not modelled.
    pub ours: Option<Span>,
    /// The rows that make it, where the claim is about a table.
    pub rows: Vec<Compared>,
    /// How far it is from the published one, as a share of that; none where one of them is no number.
    pub difference: Option<f64>,
    /// The verdict.
    pub verdict: Verdict,
}

/// A claim that cannot be measured.
#[derive(Debug, Error)]
#[error("claim `{id}`: {source}")]
pub struct RunError {
    /// The claim.
    pub id: String,
    /// Why.
    pub source: Box<MeasureError>,
}

/// Measures and judges claims on the shipped presets; outcomes are in their order. `done` is called after each.
///
/// # Errors
/// A claim that cannot be measured.
pub fn run<'c>(
    claims: &[&'c Claim],
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Outcome<'c>>, RunError> {
    run_on(&Presets::default(), claims, done)
}

/// The same on other presets.
///
/// # Errors
/// A claim that cannot be measured.
pub fn run_on<'c>(
    presets: &Presets,
    claims: &[&'c Claim],
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Outcome<'c>>, RunError> {
    claims
        .par_iter()
        .map(|&claim| {
            let outcome = Outcome::new(claim, presets);
            done();
            outcome
        })
        .collect()
}

impl<'c> Outcome<'c> {
    fn new(claim: &'c Claim, presets: &Presets) -> Result<Self, RunError> {
        let measured = claim.measure.as_ref().map(|measure| measure.take(presets)).transpose();
        let measured =
            measured.map_err(|error| RunError { id: claim.id.clone(), source: Box::new(error) })?;
        let (ours, rows) = measured.map(|found| (found.figure, found.rows)).unzip();
        let ours = ours.map(|figure| {
            let [low, high] = [figure.low, figure.high].map(|end| end / claim.unit.scale());
            Span { low, high }
        });
        let difference = ours.map_or(f64::NAN, |ours| claim.published.difference(ours));
        Ok(Self {
            claim,
            ours,
            rows: rows.unwrap_or_default(),
            difference: Some(difference).filter(|difference| !difference.is_nan()),
            verdict: Verdict::new(&claim.status, claim.tolerance, difference),
        })
    }
}
