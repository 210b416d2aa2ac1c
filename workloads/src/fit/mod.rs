//! Fits a law of expert popularity to statistics of real routing.
//!
//! Targets are shares of the activated experts with one and with up to four tokens, and activated experts, at several batch
//! sizes: published ones, those of a CSV file, or those of a trace. Simulated layers give the same statistics for a law; the
//! fit makes the root mean square of the differences least.

mod error;
mod family;
mod minimise;
mod published;
mod recorded;
mod residual;
mod simulate;
mod table;
mod targets;

use std::collections::BTreeMap;

pub use error::FitError;
pub use family::{BoundMet, Family};
pub use published::{Published, published};
pub use residual::{Residual, Statistic, rms_points};
pub use targets::{Row, Shape, Targets};

use crate::generator::{GeneratorSpec, Popularity};
use minimise::{Minimum, minimise};
use residual::compare;

/// Choices of experts that are simulated for a law, and the first edge of the search: first to find the region, then the place
/// in it. They make some 60 and 300 layers of 256 tokens with 8 experts each; a share is then sampled to half a point.
const STAGES: [(u32, f64); 2] = [(125_000, 0.4), (600_000, 0.1)];

/// Layers that are needed, and those that are enough, whatever the choices of one.
const LAYERS: [u32; 2] = [32, 1000];

/// Layers on which the residuals of the result are taken.
const FINAL_LAYERS: u32 = 600;

/// A fitted law.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The law.
    pub popularity: Popularity,
    /// What it misses, on layers drawn anew by the generator.
    pub residuals: Vec<Residual>,
    /// Root mean square of the residuals, in percentage points.
    pub rms_points: f64,
    /// Laws that were simulated.
    pub evaluations: u64,
    /// Parameters at the edge of what was looked at; empty for most fits.
    pub bounds_met: Vec<BoundMet>,
}

/// The law of a family that is nearest to the targets. The same arguments give the same result.
///
/// # Errors
/// Targets that contradict themselves.
pub fn fit(targets: &Targets, family: Family, seed: u64) -> Result<Fit, FitError> {
    targets.check()?;
    let mut evaluations = 0;
    let mut starts = family.starts();
    let of_layer = targets.largest_batch().saturating_mul(targets.shape.top_k).max(1);
    for (choices, edge) in STAGES {
        let layers = (choices / of_layer).clamp(LAYERS[0], LAYERS[1]);
        let miss = |at: &[f64]| {
            let found = simulate::law(&family.law(at), targets, layers, seed);
            rms_points(&compare(targets, &found))
        };
        let ends: Vec<Minimum> =
            starts.iter().filter_map(|start| minimise(start, edge, miss)).collect();
        evaluations += ends.iter().map(|end| end.evaluations).sum::<u64>();
        // Of equal ends the first.
        let best = ends.into_iter().min_by(|a, b| a.value.total_cmp(&b.value));
        starts = best.into_iter().map(|end| end.at).collect();
    }
    let end = starts.concat();
    let popularity = family.law(&end);
    let residuals = misses(targets, &GeneratorSpec::of("fit", popularity), seed)?;
    Ok(Fit {
        popularity,
        rms_points: rms_points(&residuals),
        residuals,
        evaluations,
        bounds_met: family.bounds_met(&end),
    })
}

/// What a synthetic routing misses of the targets, over 600 layers.
///
/// # Errors
/// Targets that contradict themselves, and routings that do not suit them.
pub fn misses(
    targets: &Targets,
    routing: &GeneratorSpec,
    seed: u64,
) -> Result<Vec<Residual>, FitError> {
    targets.check()?;
    let found = simulate::routing(routing, targets, FINAL_LAYERS, seed);
    Ok(compare(targets, &found.map_err(FitError::Routing)?))
}

impl Fit {
    /// A routing preset of that name with the fitted law. `origin` says what was fitted to.
    #[must_use]
    pub fn preset(&self, name: &str, origin: &str) -> GeneratorSpec {
        let source = format!(
            "fit to {} statistics of {origin} ({:.1} points rms)",
            self.residuals.len(),
            self.rms_points
        );
        GeneratorSpec {
            sources: BTreeMap::from([("popularity".to_owned(), source)]),
            ..GeneratorSpec::of(name, self.popularity)
        }
    }
}
