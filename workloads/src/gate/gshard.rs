//! GShard: two experts, with capacity; the second by chance.

use rand_pcg::Pcg64;

use super::outcome::{Choice, Fate, Outcome};
use super::scores::Logits;
use super::top_k::{softmax, top_k};
use super::{add, balance_loss, capacity};
use crate::variates::uniform;

/// Algorithm 1 of arXiv 2006.16668, for each group of S tokens. Capacity: factor x 2 S / E, rounded up. All first choices take
/// their places before any second one does, both in the order of the tokens; a choice that finds no room, or a second one that
/// loses against chance, still counts as a decision for its expert, as in the algorithm.
///
/// Auxiliary loss: `1/E sum_e c_e/S m_e` with `c_e` first choices and `m_e` the mean gate of expert `e`; 1/E^2 when even.
pub(super) fn route(logits: &Logits, factor: f64, groups: u32, mut chance: Pcg64) -> Outcome {
    let experts = logits.experts();
    let size = logits.count() / groups as usize;
    let room = capacity(factor, 2 * size, experts);
    let tokens: Vec<&[f64]> = logits.tokens().collect();
    let mut choices = Vec::with_capacity(2 * tokens.len());
    let mut losses = 0.0;
    for group in tokens.chunks(size) {
        let mut counts = vec![0; experts];
        let mut sums = vec![0.0; experts];
        let first = choices.len();
        for token in group {
            let shares = softmax(token);
            let best = top_k(token, 2);
            let total: f64 = best.iter().map(|&expert| shares[usize::from(expert)]).sum();
            choices.extend(best.into_iter().map(|expert| {
                let weight = shares[usize::from(expert)] / total;
                Choice { expert, weight, fate: Fate::NotSampled }
            }));
            add(&mut sums, &shares);
        }
        let chosen = &mut choices[first..];
        for choice in chosen.iter_mut().step_by(2) {
            choice.fate = enter(&mut counts, choice.expert, room);
        }
        losses += balance_loss(&counts, size, &sums, size) / experts as f64;
        for choice in chosen.iter_mut().skip(1).step_by(2) {
            let asked = 2.0 * choice.weight > uniform(&mut chance);
            let fate = enter(&mut counts, choice.expert, room);
            choice.fate = if asked { fate } else { Fate::NotSampled };
        }
    }
    Outcome {
        experts: experts as u32,
        top_k: 2,
        choices,
        capacity: Some(room),
        auxiliary_loss: losses / f64::from(groups),
        shared_load: Vec::new(),
    }
}

/// The next decision for an expert, and whether there is room for it.
fn enter(counts: &mut [u32], expert: u16, room: u32) -> Fate {
    let count = &mut counts[usize::from(expert)];
    *count += 1;
    if *count <= room { Fate::Dispatched } else { Fate::Dropped }
}
