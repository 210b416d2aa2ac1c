//! Statistics of simulated layers.

use rayon::prelude::*;

use super::targets::{Row, Targets};
use crate::counts::tokens_per_expert;
use crate::findings::Findings;
use crate::generator::{Generator, GeneratorSpec, PlackettLuce, Popularity, weights};
use crate::model::{Experts, WeightFormat};
use crate::rng::{Purpose, stream};
use crate::stats::LoadStats;

/// Statistics of a law at the batch size of each row. Laws that are near each other see near numbers: every expert draws its
/// log-weight from a stream of its own, every token its experts from the same uniform numbers.
pub(super) fn law(law: &Popularity, targets: &Targets, layers: u32, seed: u64) -> Vec<LoadStats> {
    let shape = targets.shape;
    let simulate = |layer| {
        let ln_weights: Vec<f64> = (0..shape.experts)
            .map(|expert| {
                let mut rng = stream(seed, Purpose::Experts, layer * shape.experts + expert);
                law.ln_weight(expert + 1, &mut rng)
            })
            .collect();
        let tokens = stream(seed, Purpose::Tokens, layer);
        let mut router = PlackettLuce::new(weights(&ln_weights), tokens);
        let mut ids = Vec::new();
        (0..targets.largest_batch()).for_each(|_| router.route(shape.top_k as usize, &mut ids));
        of_layer(targets, &ids)
    };
    means(&(0..layers).into_par_iter().map(simulate).collect::<Vec<_>>(), targets)
}

/// Statistics of a generator at the batch size of each row.
pub(super) fn routing(
    spec: &GeneratorSpec,
    targets: &Targets,
    layers: u32,
    seed: u64,
) -> Result<Vec<LoadStats>, Findings> {
    let shape = targets.shape;
    let batch = targets.largest_batch() as usize;
    // Widths say nothing about routing.
    let experts = Experts {
        count: shape.experts,
        top_k: shape.top_k,
        intermediate: 1,
        weights: WeightFormat::Bf16,
    };
    let mut ids = Vec::new();
    Generator::new(spec, &experts, layers, batch, seed)?.route(0..batch, &mut ids);
    let layers = ids.chunks_exact(batch * shape.top_k as usize);
    Ok(means(&layers.map(|layer| of_layer(targets, layer)).collect::<Vec<_>>(), targets))
}

/// Statistics of the tokens of a layer, `[token][k]`, at the batch size of each row; smaller batches are the first tokens.
fn of_layer(targets: &Targets, expert_ids: &[u16]) -> Vec<LoadStats> {
    let shape = targets.shape;
    let of_row = |row: &Row| {
        let ids = &expert_ids[..row.batch as usize * shape.top_k as usize];
        shape.statistics(row.batch, &tokens_per_expert(ids, shape.experts))
    };
    targets.rows.iter().map(of_row).collect()
}

/// Mean over layers at the batch size of each row.
fn means(layers: &[Vec<LoadStats>], targets: &Targets) -> Vec<LoadStats> {
    let of_row = |row| LoadStats::mean(layers.iter().map(|layer| layer[row])).unwrap_or_default();
    (0..targets.rows.len()).map(of_row).collect()
}
