//! DeepSeek-V3: sigmoid affinities, a few groups of experts, a bias instead of an auxiliary loss.

use super::outcome::{Choice, Fate, Outcome};
use super::scores::Logits;
use super::top_k::{sigmoid, top_k};
use super::{GroupLimit, add, balance_loss};

/// Section 2.1.2 of arXiv 2412.19437: groups and experts are chosen by affinity plus bias; weights are the chosen affinities
/// over their sum.
///
/// Auxiliary loss: the complementary sequence-wise loss `sum_i f_i P_i` (equations 17 to 20 without alpha), the batch being the
/// sequence: `f_i` from the k largest affinities without bias and groups, `P_i` from affinities over their sum; 1 when even.
pub(super) fn route(
    logits: &Logits,
    k: u32,
    limit: GroupLimit,
    shared: u32,
    bias: &[f64],
) -> Outcome {
    let experts = logits.experts();
    let (mut favoured, mut sums) = (vec![0; experts], vec![0.0; experts]);
    let mut choices = Vec::with_capacity(logits.count() * k as usize);
    for token in logits.tokens() {
        let affinities: Vec<f64> = token.iter().copied().map(sigmoid).collect();
        let mut biased = affinities.clone();
        add(&mut biased, bias);
        limit.mask(&mut biased);
        let best = top_k(&biased, k as usize);
        let affinity = |expert: u16| affinities[usize::from(expert)];
        let total: f64 = best.iter().copied().map(affinity).sum();
        choices.extend(best.into_iter().map(|expert| Choice {
            expert,
            weight: affinity(expert) / total,
            fate: Fate::Dispatched,
        }));
        top_k(&affinities, k as usize).into_iter().for_each(|e| favoured[usize::from(e)] += 1);
        let all: f64 = affinities.iter().sum();
        let shares: Vec<f64> = affinities.iter().map(|affinity| affinity / all).collect();
        add(&mut sums, &shares);
    }
    let loss = balance_loss(&favoured, choices.len(), &sums, logits.count());
    Outcome {
        experts: experts as u32,
        top_k: k,
        choices,
        capacity: None,
        auxiliary_loss: experts as f64 * loss,
        shared_load: vec![logits.count() as u32; shared as usize],
    }
}

/// After a batch: lowers the bias of experts that had more tokens than the mean by `speed`, raises that of those that had fewer
/// (arXiv 2412.19437, section 2.1.2; the paper trains with 0.001). An empty bias begins at 0.
pub fn balance(bias: &mut Vec<f64>, load: &[u32], speed: f64) {
    bias.resize(load.len(), 0.0);
    let total: u64 = load.iter().copied().map(u64::from).sum();
    for (bias, &tokens) in bias.iter_mut().zip(load) {
        // Tokens against the mean, in whole numbers.
        match (u64::from(tokens) * load.len() as u64).cmp(&total) {
            std::cmp::Ordering::Greater => *bias -= speed,
            std::cmp::Ordering::Less => *bias += speed,
            std::cmp::Ordering::Equal => {}
        }
    }
}
