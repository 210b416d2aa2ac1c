//! Placements on small layers worked by hand, and the fast forms beside the plain ones.

use gpu_model::Terms;
use proptest::prelude::*;
use sieve_sched::policy::{
    AllOnGpu, AllOnPim, Average, Costs, Layer, Observed, OnPim, Pimoe, Policy, Sieve, SievePlus,
};

use crate::common::layers::{Given, by_popularity, eq_1, fs, layer, placed};

/// An expert takes 10 of HBM time and 1 per token of compute on the GPU, 3 per token on PIM.
fn linear() -> Given {
    Given::laws(9, |tokens| [10, tokens], |tokens| 3 * tokens)
}

fn on_pim(policy: &mut dyn Policy, layer: &Layer<'_>) -> Vec<usize> {
    placed(policy, layer, &linear()).iter_ones().filter(|&e| layer.tokens[e] > 0).collect()
}

#[test]
fn fixed_policies_ignore_the_counts() {
    let layer = layer(&[1, 0, 9], 0, 0);
    assert!(on_pim(&mut AllOnGpu, &layer).is_empty());
    assert_eq!(on_pim(&mut AllOnPim, &layer), [0, 2]);
}

#[test]
fn sieve_moves_popular_experts_while_the_total_falls() {
    let mut sieve = Sieve::default();
    // PIM 3 x 17 = 51; moving 9 tokens: GPU 10, PIM 24; moving 5: GPU 20, PIM 9; moving 2 would make GPU 30.
    assert_eq!(on_pim(&mut sieve, &layer(&[1, 9, 5, 2], 0, 0)), [0, 3]);
    // With 30 of projections on the GPU the second move would raise the total from 40 to 50.
    assert_eq!(on_pim(&mut sieve, &layer(&[1, 9, 5, 2], 30, 0)), [0, 2, 3]);
    // With attention the longest on PIM, everything moves as long as that shortens it.
    assert!(on_pim(&mut sieve, &layer(&[1, 9, 5, 2], 0, 100)).is_empty());
    // Of five alike PIM 30, then GPU 10, PIM 24, then GPU 20, PIM 18: the first two go.
    assert_eq!(on_pim(&mut sieve, &layer(&[2; 5], 0, 0)), [2, 3, 4]);
}

#[test]
fn sieve_plus_counts_what_reads_lose_to_pim() {
    let mut plus = SievePlus::default();
    let seen = |lost, overlapping, other| {
        let observed = Observed { lost: Average::from_percent(lost), ..Observed::default() };
        Layer { observed, overlapping, ..layer(&[1, 9, 5, 2], other, 0) }
    };
    // Where nothing is lost, experts alone are balanced: PIM 51, 24, then GPU 20 beside PIM 9, then 30.
    assert_eq!(on_pim(&mut plus, &seen(0, 1, 0)), [0, 3]);
    // What comes before the experts of a single mini-batch moves none of them.
    assert_eq!(on_pim(&mut plus, &seen(0, 1, 30)), [0, 3]);
    // Beside those of another one it does as for Sieve: 51, then 40, then 50.
    assert_eq!(on_pim(&mut plus, &seen(0, 2, 30)), [0, 2, 3]);
    // Where all is lost an expert goes where it takes less: 9 and 5 tokens to the GPU, which makes 51, 10 + 24 and 20 + 9; 2 would make 33.
    assert_eq!(on_pim(&mut plus, &seen(100, 1, 0)), [0, 3]);
    // Three tokens take 9 on PIM and 10 on the GPU: everything stays, where Sieve would move three of six.
    let alike = Layer { tokens: &[3; 6], ..seen(100, 1, 0) };
    assert_eq!(on_pim(&mut plus, &alike), [0, 1, 2, 3, 4, 5]);
    assert_eq!(on_pim(&mut Sieve::default(), &alike), [3, 4, 5]);
}

#[test]
fn pimoe_relieves_the_busiest_channel_and_sees_experts_alone() {
    // One group per expert: 27, 15, 6, 3. GPU 0, 10, 20 after each move; the next busiest has 6.
    assert_eq!(on_pim(&mut Pimoe::new(4), &layer(&[1, 9, 5, 2], 0, 100)), [0, 3]);
    // All channels one: 51, then 24 against GPU 10, then 9 against 20.
    assert_eq!(on_pim(&mut Pimoe::new(1), &layer(&[1, 9, 5, 2], 0, 100)), [0, 3]);
}

/// Sieve's greedy as the paper has it: sorted experts, one after the other.
fn plain_sieve(layer: &Layer<'_>, costs: &dyn Costs) -> OnPim {
    let mut on_pim = OnPim::repeat(true, layer.tokens.len());
    let mut total = eq_1(layer, costs, |e| on_pim[e]);
    for expert in by_popularity(layer.tokens) {
        on_pim.set(expert, false);
        let moved = eq_1(layer, costs, |e| on_pim[e]);
        if moved > total {
            on_pim.set(expert, true);
            break;
        }
        total = moved;
    }
    on_pim
}

/// PIMoE's rule with a search of all channels and experts at every move.
fn plain_pimoe(groups: usize, layer: &Layer<'_>, costs: &dyn Costs) -> OnPim {
    let tokens = layer.tokens;
    let mut on_pim = OnPim::repeat(true, tokens.len());
    let mut gpu = Terms::ZERO;
    loop {
        let on = |group| by_popularity(tokens).into_iter().filter(move |e| e % groups == group);
        let busy = |group| {
            let here = on(group).filter(|&e| on_pim[e]);
            here.fold(fs(0), |sum, e| sum + costs.pim(tokens[e]))
        };
        let busiest = (0..groups).rev().max_by_key(|&g| busy(g)).expect("a group");
        let popular = on(busiest).find(|&e| on_pim[e]);
        let Some(expert) = popular.filter(|_| costs.gpu_time(gpu) <= busy(busiest)) else {
            return on_pim;
        };
        on_pim.set(expert, false);
        if gpu == Terms::ZERO {
            gpu += costs.gpu_launch();
        }
        gpu += costs.gpu(tokens[expert]);
    }
}

/// Layers of routed and shared experts, ties and empty ones included; any costs at all.
fn layers() -> impl Strategy<Value = (Vec<u32>, Given, [u64; 4])> {
    (
        proptest::collection::vec(prop_oneof![Just(0), 1..5_u32, 0..40_u32], 0..40),
        proptest::collection::vec(32..40_u32, 0..3),
        proptest::collection::vec([0..30_u64, 0..30], 40),
        proptest::collection::vec(0..60_u64, 40),
        [0..200_u64, 0..200, 0..200, 0..20],
    )
        .prop_map(|(routed, shared, gpu, pim, [communication, other, attention, launch])| {
            let given = Given { launch, gpu, pim };
            ([routed, shared].concat(), given, [communication, other, attention, launch])
        })
}

proptest! {
    #[test]
    fn fast_forms_place_as_the_plain_ones(
        many in proptest::collection::vec(layers(), 1..4),
        groups in 1..9_usize,
    ) {
        // What is left of one layer does not show in the next.
        let (mut sieve, mut pimoe) = (Sieve::default(), Pimoe::new(groups));
        for (tokens, costs, [communication, other, attention, _]) in &many {
            let communication = fs(*communication);
            let layer = Layer { communication, ..layer(tokens, *other, *attention) };
            prop_assert_eq!(placed(&mut sieve, &layer, costs), plain_sieve(&layer, costs));
            let pimoe = placed(&mut pimoe, &layer, costs);
            prop_assert_eq!(pimoe, plain_pimoe(groups, &layer, costs));
        }
    }
}
