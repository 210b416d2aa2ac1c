//! Runs claims, in parallel; the outcomes do not depend on how many threads there are.

use rayon::prelude::*;
use thiserror::Error;

use crate::claim::Claim;
use crate::measure::MeasureError;
use crate::verdict::Verdict;

/// A claim and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<'c> {
    /// The claim.
    pub claim: &'c Claim,
    /// Our figure, in the claim's unit.
    pub ours: f64,
    /// How far it is from the published one, as a share of that.
    pub difference: f64,
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
    pub source: MeasureError,
}

/// Measures and judges claims; outcomes are in their order. `done` is called after each.
///
/// # Errors
/// A claim that cannot be measured.
pub fn run<'c>(
    claims: &[&'c Claim],
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Outcome<'c>>, RunError> {
    claims
        .par_iter()
        .map(|&claim| {
            let outcome = Outcome::new(claim);
            done();
            outcome
        })
        .collect()
}

impl<'c> Outcome<'c> {
    fn new(claim: &'c Claim) -> Result<Self, RunError> {
        let measured =
            claim.measure.take().map_err(|source| RunError { id: claim.id.clone(), source })?;
        let ours = measured / claim.unit.scale();
        let difference = claim.published.difference(ours);
        let verdict = Verdict::new(&claim.status, claim.tolerance, difference);
        Ok(Self { claim, ours, difference, verdict })
    }
}
