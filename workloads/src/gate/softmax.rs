//! Softmax, then the k largest.

use super::outcome::{Choice, Fate, Outcome};
use super::scores::Logits;
use super::top_k::{softmax, top_k};
use super::{add, balance_loss};

/// Auxiliary loss: `E / (k T) sum_i n_i P_i` with `n_i` choices of expert `i` and `P_i` its mean probability (expert-level
/// balance loss of arXiv 2401.06066, section 3.3); 1 when even.
pub(super) fn route(logits: &Logits, k: u32) -> Outcome {
    let experts = logits.experts();
    let (mut chosen, mut sums) = (vec![0; experts], vec![0.0; experts]);
    let mut choices = Vec::with_capacity(logits.count() * k as usize);
    for token in logits.tokens() {
        let shares = softmax(token);
        let best = top_k(token, k as usize);
        let total: f64 = best.iter().map(|&expert| shares[usize::from(expert)]).sum();
        for expert in best {
            let weight = shares[usize::from(expert)] / total;
            chosen[usize::from(expert)] += 1;
            choices.push(Choice { expert, weight, fate: Fate::Dispatched });
        }
        add(&mut sums, &shares);
    }
    let loss = balance_loss(&chosen, choices.len(), &sums, logits.count());
    Outcome {
        experts: experts as u32,
        top_k: k,
        choices,
        capacity: None,
        auxiliary_loss: experts as f64 * loss,
        shared_load: Vec::new(),
    }
}
