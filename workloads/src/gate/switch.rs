//! Switch: one expert, with capacity.

use super::outcome::{Choice, Fate, Outcome};
use super::scores::Logits;
use super::top_k::{softmax, top_k};
use super::{add, balance_loss, capacity};

/// Capacity: tokens / experts x factor (arXiv 2101.03961, equation 3), rounded up. Auxiliary loss: `N sum_i f_i P_i` (equation
/// 4 without alpha), with `f_i` the share of tokens whose most likely expert is `i`, dropped ones included; 1 when even.
pub(super) fn route(logits: &Logits, factor: f64) -> Outcome {
    let (experts, tokens) = (logits.experts(), logits.count());
    let room = capacity(factor, tokens, experts);
    let (mut chosen, mut sums) = (vec![0; experts], vec![0.0; experts]);
    let mut choices = Vec::with_capacity(tokens);
    for token in logits.tokens() {
        let shares = softmax(token);
        for expert in top_k(token, 1) {
            let taken = &mut chosen[usize::from(expert)];
            let fate = if *taken < room { Fate::Dispatched } else { Fate::Dropped };
            *taken += 1;
            choices.push(Choice { expert, weight: shares[usize::from(expert)], fate });
        }
        add(&mut sums, &shares);
    }
    Outcome {
        experts: experts as u32,
        top_k: 1,
        choices,
        capacity: Some(room),
        auxiliary_loss: experts as f64 * balance_loss(&chosen, tokens, &sums, tokens),
        shared_load: Vec::new(),
    }
}
