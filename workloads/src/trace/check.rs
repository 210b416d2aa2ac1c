//! Consistency of records, with themselves and with their model.

use std::ops::RangeInclusive;

use super::array::{Array, Axes};
use super::schema::{BATCH_IDS, COUNTS, REQUEST_IDS, REQUEST_TOKENS};
use super::{Problem, Records};
use crate::model::ModelSpec;

/// Finds the first inconsistency.
pub(super) fn records(records: &Records, model: &ModelSpec) -> Result<(), Problem> {
    match records {
        Records::Requests { expert_ids, request_tokens } => {
            let [tokens, layers, k] = expert_ids.shape();
            shape(REQUEST_IDS.array, layers, "experts per token", k, model.experts.top_k, model)?;
            not_empty(&REQUEST_IDS, expert_ids)?;
            not_empty(&REQUEST_TOKENS, request_tokens)?;
            ids(&REQUEST_IDS, expert_ids, model)?;
            in_range(&REQUEST_TOKENS, request_tokens, &(1..=u32::MAX))?;
            let found = request_tokens.values().iter().copied().map(u64::from).sum();
            if found == tokens as u64 { Ok(()) } else { Err(Problem::RequestSum { found, tokens }) }
        }
        Records::Batches { expert_ids } => {
            let [_, layers, _, k] = expert_ids.shape();
            shape(BATCH_IDS.array, layers, "experts per token", k, model.experts.top_k, model)?;
            not_empty(&BATCH_IDS, expert_ids)?;
            ids(&BATCH_IDS, expert_ids, model)
        }
        Records::Counts { counts } => {
            let [_, layers, experts] = counts.shape();
            shape(COUNTS.array, layers, "experts", experts, model.experts.count, model)?;
            not_empty(&COUNTS, counts)?;
            sums(counts, model.experts.top_k)
        }
    }
}

/// Compares one extent of a trace with the model.
pub(super) fn same(
    array: Option<&'static str>,
    what: &'static str,
    found: u64,
    model: &ModelSpec,
    allowed: u32,
) -> Result<(), Problem> {
    if found == u64::from(allowed) {
        return Ok(());
    }
    Err(Problem::Model { array, what, found, model: model.name.clone(), allowed })
}

/// Experts that a trace may name.
pub(super) fn expert_range(model: &ModelSpec) -> RangeInclusive<u32> {
    0..=model.experts.count - 1
}

fn shape(
    array: &'static str,
    layers: usize,
    what: &'static str,
    last: usize,
    allowed: u32,
    model: &ModelSpec,
) -> Result<(), Problem> {
    same(Some(array), "layers", layers as u64, model, model.moe_layers())?;
    same(Some(array), what, last as u64, model, allowed)
}

fn not_empty<T, const N: usize>(axes: &Axes<N>, array: &Array<T, N>) -> Result<(), Problem> {
    if !array.values().is_empty() {
        return Ok(());
    }
    Err(Problem::Empty { array: axes.array, shape: array.shape().to_vec() })
}

fn in_range<T: Copy + Into<u32>, const N: usize>(
    axes: &Axes<N>,
    array: &Array<T, N>,
    allowed: &RangeInclusive<u32>,
) -> Result<(), Problem> {
    let outside = |value: &T| !allowed.contains(&(*value).into());
    match array.values().iter().position(outside) {
        None => Ok(()),
        Some(index) => {
            let found: u32 = array.values()[index].into();
            Err(axes.outside(array.shape(), index, found.into(), allowed))
        }
    }
}

/// Experts exist, and a token has each once.
fn ids<const N: usize>(
    axes: &Axes<N>,
    array: &Array<u16, N>,
    model: &ModelSpec,
) -> Result<(), Problem> {
    in_range(axes, array, &expert_range(model))?;
    let k = model.experts.top_k as usize;
    for (token, experts) in array.values().chunks_exact(k).enumerate() {
        let twice = (1..k).find(|&slot| experts[..slot].contains(&experts[slot]));
        if let Some(slot) = twice {
            let place = axes.place(array.shape(), token * k + slot);
            return Err(Problem::Twice { array: axes.array, place, expert: experts[slot] });
        }
    }
    Ok(())
}

/// Each layer of each step spreads `batch * k` tokens over the experts, an expert at most `batch`.
fn sums(counts: &Array<u32, 3>, top_k: u32) -> Result<(), Problem> {
    let [_, layers, experts] = counts.shape();
    let first = sum(&counts.values()[..experts]);
    for (index, layer) in counts.values().chunks_exact(experts).enumerate() {
        let found = sum(layer);
        let allowed = if first == 0 || !first.is_multiple_of(top_k.into()) {
            format!("which is no batch of tokens that visit {top_k} experts each")
        } else if found != first {
            format!("those of step 0, layer 0 to {first}")
        } else {
            continue;
        };
        let place = format!("step {}, layer {}", index / layers, index % layers);
        return Err(Problem::CountSum { place, found, allowed });
    }
    let batch = (first / u64::from(top_k)).try_into().unwrap_or(u32::MAX);
    in_range(&COUNTS, counts, &(0..=batch))
}

fn sum(counts: &[u32]) -> u64 {
    counts.iter().copied().map(u64::from).sum()
}
