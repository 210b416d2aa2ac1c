//! Placements on small layers worked by hand, and what holds for every layer.

use gpu_model::Terms;
use proptest::prelude::*;
use sieve_sched::policy::{AllOnGpu, AllOnPim, Costs, Layer, Pimoe, Policy, Sieve};
use sieve_sched::time::Femtos;

fn fs(ticks: u64) -> Femtos {
    Femtos::from_ticks(ticks)
}

/// An expert takes 10 of HBM time and 1 per token of compute on the GPU, 3 per token on PIM.
struct Linear;

impl Costs for Linear {
    fn gpu_launch(&self) -> Terms {
        Terms::ZERO
    }
    fn gpu(&self, tokens: u32) -> Terms {
        Terms { memory: fs(10), compute: fs(tokens.into()), ..Terms::ZERO }
    }
    fn gpu_time(&self, terms: Terms) -> Femtos {
        terms.memory.max(terms.compute)
    }
    fn pim(&self, tokens: u32) -> Femtos {
        fs(3 * u64::from(tokens))
    }
}

fn layer(tokens: &[u32], other_memory: u64, attention: u64) -> Layer<'_> {
    Layer {
        tokens,
        communication: fs(0),
        other: Terms { memory: fs(other_memory), ..Terms::ZERO },
        attention: fs(attention),
    }
}

fn on_pim(policy: &dyn Policy, layer: &Layer<'_>) -> Vec<usize> {
    policy.place(layer, &Linear).iter_ones().filter(|&e| layer.tokens[e] > 0).collect()
}

#[test]
fn fixed_policies_ignore_the_counts() {
    let layer = layer(&[1, 0, 9], 0, 0);
    assert!(on_pim(&AllOnGpu, &layer).is_empty());
    assert_eq!(on_pim(&AllOnPim, &layer), [0, 2]);
}

#[test]
fn sieve_moves_popular_experts_while_the_total_falls() {
    // PIM 3 x 17 = 51; moving 9 tokens: GPU 10, PIM 24; moving 5: GPU 20, PIM 9; moving 2 would make GPU 30.
    assert_eq!(on_pim(&Sieve, &layer(&[1, 9, 5, 2], 0, 0)), [0, 3]);
    // With 30 of projections on the GPU the second move would raise the total from 40 to 50.
    assert_eq!(on_pim(&Sieve, &layer(&[1, 9, 5, 2], 30, 0)), [0, 2, 3]);
    // With attention the longest on PIM, everything moves as long as that shortens it.
    assert!(on_pim(&Sieve, &layer(&[1, 9, 5, 2], 0, 100)).is_empty());
}

#[test]
fn pimoe_relieves_the_busiest_channel_and_sees_experts_alone() {
    // One group per expert: 27, 15, 6, 3. GPU 0, 10, 20 after each move; the next busiest has 6.
    assert_eq!(on_pim(&Pimoe { groups: 4 }, &layer(&[1, 9, 5, 2], 0, 100)), [0, 3]);
    // All channels one: 51, then 24 against GPU 10, then 9 against 20.
    assert_eq!(on_pim(&Pimoe { groups: 1 }, &layer(&[1, 9, 5, 2], 0, 100)), [0, 3]);
}

/// Eq. 1 for a partition.
fn total(layer: &Layer<'_>, on_pim: impl Fn(usize) -> bool) -> Femtos {
    let (mut gpu, mut pim) = (layer.other, layer.attention);
    for (expert, &tokens) in layer.tokens.iter().enumerate().filter(|(_, n)| **n > 0) {
        if on_pim(expert) {
            pim += Linear.pim(tokens);
        } else {
            gpu += Linear.gpu(tokens);
        }
    }
    layer.communication.max(Linear.gpu_time(gpu)).max(pim)
}

proptest! {
    /// While weights bound the GPU and PIM time rises with the count, the first stop is the minimum over all partitions.
    #[test]
    fn sieve_minimises_its_objective_when_memory_bounds_the_gpu(
        tokens in proptest::collection::vec(0_u32..9, 1..9),
        other in 0_u64..60,
        attention in 0_u64..60,
    ) {
        let layer = layer(&tokens, other, attention);
        let placed = Sieve.place(&layer, &Linear);
        let found = total(&layer, |e| placed[e]);
        let best = (0..1_u32 << tokens.len()).map(|set| total(&layer, |e| set >> e & 1 == 1)).min();
        prop_assert_eq!(Some(found), best);
    }
}
